/// What the runner can do, in words.
let helpText: StaticString = """
  Trains a plan of espalier on this board, in the memory that was planned and no more.

    ./runner info PLAN                 what the plan needs
    ./runner selftest PLAN             whether this board computes what the computer computed
    ./runner train PLAN --data DATA --checkpoint FILE
    ./runner eval PLAN --data DATA     how well predictions meet labels
    ./runner predict PLAN --data DATA  a line for each sample: its number, its class, the logits

  Samples come from packed data (FILE), from standard input (-), or from a ring that another process appends to
  (ring:FILE); on a computer, `espalier data` makes all three.

  --checkpoint FILE       train writes it, the others take the weights from it
  --json, -q, --help

  train:
  --resume                goes on from the checkpoint, if it is there
  --steps N, --epochs N   from the very beginning; the plan's own number by default
  --plan NAME             follows one of several plans; by default they take turns
  --every N               writes the checkpoint after so many steps, too
  --seed N, --no-shuffle  the order of packed data
  --augment flip,shift    changes pictures of packed data
  --deadline SECONDS      ends before so much time is over
  --eval FILE             judges by packed data after each pass
  --eval-every N          judges after so many steps, too
  --until X               ends at an accuracy, such as 0.9
  --patience N            ends after so many judgements without a better one
  --best FILE             writes a checkpoint at each judgement that is better than all before
  --temperature FILE --temperature-limit X
                          waits while the sensor's file says more than X degrees (it has thousandths)

    ./runner train model.plan --data data.pack --checkpoint model.ckpt --resume --every 100
    sensor | ./runner train model.plan --data - --checkpoint model.ckpt --deadline 3600

  Exit codes: 0 done, 1 the answer is no, 2 no memory for the arena, 64 usage, 65 malformed, 66 not there,
  73 cannot create, 74 read or write failed, 130 interrupted and the checkpoint is written.

  """
