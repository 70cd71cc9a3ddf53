import CPlatform
import RuntimeBoard

/// Writes what the runner can do, in words; what it was built without is left out.
func help() throws(Failure) {
  try write("Trains a plan of espalier on this board, in the memory that was planned and no more.\n\n")
  if isBuilt(.info) { try write("  ./runner info PLAN                 what the plan needs\n") }
  if isBuilt(.selftest) {
    try write("  ./runner selftest PLAN             whether this board computes what the computer computed\n")
  }
  if isBuilt(.train) { try write("  ./runner train PLAN --data DATA --checkpoint FILE\n") }
  if isBuilt(.eval) { try write("  ./runner eval PLAN --data DATA     how well predictions meet labels\n") }
  if isBuilt(.predict) {
    try write("  ./runner predict PLAN --data DATA  a line for each sample: its number, its class, the logits\n")
  }
  if isBuilt(.profile) {
    try write("  ./runner profile PLAN --steps N    the time of each row, for espalier profile PLAN --measured\n")
  }
  try write("\nDATA is made on a computer by `espalier data`:\n")
  if isBuilt(.packed) || isBuilt(.eval) { try write("  FILE       packed data\n") }
  if isBuilt(.stream) { try write("  -          standard input\n") }
  if isBuilt(.ring) { try write("  ring:FILE  a ring that another process appends to\n") }
  try write("\n--checkpoint FILE       train writes it, the others take the weights from it\n--json, -q, --help\n")
  if isBuilt(.threads) { try write("--threads N             share the work of a step; the results are the same\n") }
  if isBuilt(.train) { try helpWithTraining() }
  try write(
    """

    Exit codes: 0 done, 1 the answer is no, 2 no memory for the arena, 64 usage, 65 malformed, 66 not there,
    73 cannot create, 74 read or write failed, 130 interrupted and the checkpoint is written.

    """)
}

private func helpWithTraining() throws(Failure) {
  try write(
    """

    train:
    --resume            goes on from the checkpoint, if it is there
    --overwrite         begins anew although it is there
    --steps N           from the very beginning; the plan's own number by default
    --plan NAME         follows one of several plans; by default they take turns
    --every N           writes the checkpoint after so many steps, too
    --deadline SECONDS  ends before so much time is over
    --temperature FILE --temperature-limit X
                    waits while FILE, in thousandths, is above X degrees

    """)
  if isBuilt(.packed) {
    try write(
      """
      --epochs N          in place of --steps
      --seed N            decides the order of packed data; --no-shuffle keeps it
      --augment KINDS     changes pictures: flip,shift or one of them, or none

      """)
  }
  if isBuilt(.eval) {
    try write(
      """
      --eval FILE         judges by packed data after each pass
      --eval-every N      judges after so many steps, too
      --until X           ends at an accuracy, such as 0.9
      --patience N        ends after so many judgements without a better one
      --best FILE         writes a checkpoint at each judgement that is better than all before;
                          over one that is there with --resume or --overwrite

      """)
  }
  if isBuilt(.packed) {
    try write("\n  ./runner train model.plan --data data.pack --checkpoint model.ckpt --resume --every 100\n")
  }
  if isBuilt(.stream) {
    try write("\n  sensor | ./runner train model.plan --data - --checkpoint model.ckpt --deadline 3600\n")
  }
}

/// Writes a text that may be longer than a line.
private func write(_ text: StaticCString) throws(Failure) {
  let cause = cp_write(1, text.utf8, text.count)
  guard cause == 0 else {
    throw Failure(.cannotWrite, "standard output cannot be written", next: "look at what reads it")
  }
}
