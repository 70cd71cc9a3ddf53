/* Trains a plan on packed data, keeps what it learned, and predicts with it; all memory is this program's own.
     cc -std=c99 train.c -I INCLUDE -L LIBRARY -lespalier -Wl,-rpath,LIBRARY -o train
     ./train PLAN DATA STEPS CHECKPOINT */
#include <espalier.h>
#include <stdio.h>
#include <stdlib.h>

static espalier_block session_block, data_block;
static espalier_session *const session = (espalier_session *)&session_block;
static espalier_data *const data = (espalier_data *)&data_block;

/* Ends the program if a call was refused. */
static void check(espalier_status status) {
  if (status == ESPALIER_OK) return;
  fprintf(stderr, "error: %s\n", espalier_error_text(session));
  exit((int)status);
}

/* C99 has no aligned allocation: takes more and begins on the next multiple. It is never given back. */
static void *arena_of(size_t bytes) {
  unsigned char *memory = malloc(bytes + ESPALIER_ARENA_ALIGNMENT);
  if (!memory) {
    fprintf(stderr, "error: no memory for an arena of %lu bytes\n", (unsigned long)bytes);
    exit(ESPALIER_TOO_SMALL);
  }
  return memory + (ESPALIER_ARENA_ALIGNMENT - (uintptr_t)memory % ESPALIER_ARENA_ALIGNMENT) % ESPALIER_ARENA_ALIGNMENT;
}

static void train(unsigned long steps, const char *checkpoint) {
  espalier_progress progress;
  espalier_report report;
  check(espalier_get_progress(session, &progress));
  while (progress.step < steps) {
    check(espalier_train(session, data, NULL, &report));
    progress.step = report.step;
    printf("step %lu  loss %g\n", (unsigned long)report.step, report.loss);
  }
  check(espalier_save(session, checkpoint));
}

/* Classes and their probabilities, for the first samples. */
static void predict(void) {
  enum { count = 4 };
  int32_t classes[count];
  float probabilities[count];
  espalier_predictions predictions = {0};
  size_t index;
  predictions.classes = classes;
  predictions.classes_bytes = sizeof classes;
  predictions.probabilities = probabilities;
  predictions.probabilities_bytes = sizeof probabilities;
  check(espalier_predict_data(session, data, 0, count, &predictions));
  for (index = 0; index < count; index++) {
    printf("sample %lu  class %d  probability %.3f\n", (unsigned long)index, (int)classes[index], probabilities[index]);
  }
}

int main(int count, char **words) {
  espalier_plan plan;
  espalier_score score;
  unsigned long steps, axis;
  if (count != 5 || (steps = strtoul(words[3], NULL, 10)) == 0) {
    fprintf(stderr, "usage: train PLAN DATA STEPS CHECKPOINT\n");
    return ESPALIER_USAGE;
  }
  check(espalier_open_file(session, sizeof session_block, words[1]));
  check(espalier_info(session, &plan));
  printf("%s:", plan.mode);
  for (axis = 0; axis < plan.rank; axis++) printf(axis ? " x %lu" : " %lu", (unsigned long)plan.shape[axis]);
  printf(", %lu classes, arena %lu bytes\n", (unsigned long)plan.classes, (unsigned long)plan.arena_bytes);
  check(espalier_start(session, arena_of((size_t)plan.arena_bytes), (size_t)plan.arena_bytes));
  check(espalier_data_open(session, data, sizeof data_block, words[2]));
  train(steps, words[4]);
  check(espalier_evaluate_data(session, data, &score));
  printf("%lu of %lu right\n", (unsigned long)score.correct, (unsigned long)score.samples);
  predict();
  espalier_data_close(data);
  espalier_close(session);
  return 0;
}
