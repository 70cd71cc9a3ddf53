/* Espalier from C: open a plan, train it, judge it, predict with it.

   The caller owns all memory: a block for the session, an arena of the size that the plan says. There is no heap, and
   libc is the only dependency. Three things are the system's until espalier_close: the mappings of files that are opened
   by path; for plans that page values out (compile --page), memory of report.paging.file_bytes in espalier_metadata,
   which lies in no file; and the threads of espalier_share with their stacks and scratch. Global is only a list of what is mapped, which no call reads.

   Files that are mapped must not be written to or cut short while they are open; put new ones in their place by rename.
   A program that calls this library gets SIGBUS where it reads what was cut off; espalier and runners end with exit
   code 74 and a sentence.

   A session may be used by one thread at a time; sessions of their own may be used by threads of their own, and so may
   one espalier_data by several sessions. Every function that returns a status refuses what is wrong (null pointers,
   wrong sizes, damaged files) and leaves everything as it was; espalier_error_text says what it was and what to do next.

     espalier_block block;
     espalier_session *session = (espalier_session *)&block;
     espalier_open_file(session, sizeof block, "model.plan");
     espalier_info(session, &info);
     espalier_start(session, arena, arena_bytes);         // info.arena_bytes, aligned to ESPALIER_ARENA_ALIGNMENT
     espalier_step(session, samples, samples_bytes, labels, labels_bytes, &report);
     espalier_save(session, "model.ckpt");
     espalier_close(session);
*/
#ifndef ESPALIER_H
#define ESPALIER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Version of this interface: structs, functions and the meaning of both. espalier_abi() is that of the library. */
#define ESPALIER_ABI 3
uint32_t espalier_abi(void);

/* What a call came to; the numbers are the exit codes of the command line tool. */
typedef enum espalier_status {
  ESPALIER_OK = 0,
  /* Training diverged: the loss is no finite number or without measure, or weights or results are no finite numbers. */
  ESPALIER_DIVERGED = 1,
  /* The arena, or another block of memory, is smaller than it has to be; or the system has not got so many threads. */
  ESPALIER_TOO_SMALL = 2,
  /* A call that cannot be meant: a null pointer, a wrong size, a function before its time. */
  ESPALIER_USAGE = 64,
  /* A plan, data, labels or a checkpoint that are damaged or do not belong together. */
  ESPALIER_MALFORMED = 65,
  /* A file that is not there. */
  ESPALIER_NOT_FOUND = 66,
  /* A file that cannot be written; what was there is as it was. */
  ESPALIER_CANNOT_WRITE = 73,
  /* A file that cannot be read. */
  ESPALIER_CANNOT_READ = 74
} espalier_status;

/* A plan that is open, and its training. */
typedef struct espalier_session espalier_session;

/* Packed data (.pack) that are open. */
typedef struct espalier_data espalier_data;

/* Memory for one session or for one espalier_data, for who does not want to ask how much it takes. */
#define ESPALIER_BLOCK_BYTES 4096
typedef union espalier_block {
  uint64_t alignment;
  unsigned char bytes[ESPALIER_BLOCK_BYTES];
} espalier_block;

/* Bytes that a session takes, at most ESPALIER_BLOCK_BYTES; the block starts on a multiple of 8 and stays where it is. */
size_t espalier_session_size(void);

/* Bytes that opened data take, likewise. */
size_t espalier_data_size(void);

/* What the last call that failed had to say, one line of UTF-8 that ends with the next thing to do; "" before the first
   one. It is part of the session and holds until the next failure. Never null: without a session, it says so. */
const char *espalier_error_text(const espalier_session *session);

/* A status in a few words. Never null. */
const char *espalier_status_text(espalier_status status);

/* ---- Opening ---- */

/* An image in memory must start on a multiple of this, and so must an arena. */
#define ESPALIER_IMAGE_ALIGNMENT 64
#define ESPALIER_ARENA_ALIGNMENT 64

/* Checks a plan in memory and opens it; the bytes must stay as they are until espalier_close.

   session_bytes: size of the block, at least espalier_session_size(). What it held before does not matter.
   The block must not hold an open session. It holds the error's text if this fails; that needs no espalier_close.
   ESPALIER_MALFORMED: no plan, or one that is not as it was written. */
espalier_status espalier_open(espalier_session *session, size_t session_bytes, const void *image, size_t image_bytes);

/* The same for a file, which is mapped until espalier_close. ESPALIER_NOT_FOUND, ESPALIER_CANNOT_READ. */
espalier_status espalier_open_file(espalier_session *session, size_t session_bytes, const char *path);

/* How the numbers of one sample follow each other. */
typedef enum espalier_layout {
  /* the axes of the model's own input (its ONNX file), in its order */
  ESPALIER_MODEL = 0,
  /* height x width x channels, whatever order the model's input has */
  ESPALIER_PICTURE = 1
} espalier_layout;

/* Axes that an array of one sample can have. */
#define ESPALIER_AXES 8

typedef enum espalier_type { ESPALIER_U8 = 0, ESPALIER_F32 = 1 } espalier_type;

/* What a plan is. */
typedef struct espalier_plan {
  uint64_t arena_bytes;
  /* Its first section: all that outlives a step, and the size of a checkpoint but for some 150 bytes. */
  uint64_t persistent_bytes;
  uint64_t image_bytes;
  /* Bytes of one sample in the session's format (espalier_set_format), and of one label. */
  uint64_t sample_bytes;
  uint64_t label_bytes;
  /* Samples of one step, and steps of one update. */
  uint32_t batch;
  uint32_t accumulation;
  /* Axes of one sample in the session's format, and their sizes, then zeros. */
  uint32_t rank;
  uint32_t shape[ESPALIER_AXES];
  /* espalier_type and espalier_layout of samples in the session's format. */
  uint32_t type, layout;
  /* Classes to choose from, labels being int32_t; or 0 where labels are targets: label_elements floats, of this shape. */
  uint32_t classes;
  uint32_t label_elements;
  uint32_t label_rank;
  uint32_t label_shape[ESPALIER_AXES];
  /* Numbers that the network gives a sample. */
  uint32_t outputs;
  /* Updates that the schedule of learning rates was made for; more may be done at the last rate. */
  uint32_t planned_steps;
  /* SHA-256 of the plan: checkpoints name it. */
  uint8_t digest[32];
  /* How it computes: "f32", "i8", "i8f", "i8t", "i16g"; "" where the plan does not say. */
  char mode[16];
} espalier_plan;

espalier_status espalier_info(espalier_session *session, espalier_plan *plan);

/* All that the compiler says about the plan: JSON, not terminated by a zero, part of the image. */
espalier_status espalier_metadata(espalier_session *session, const char **json, size_t *bytes);

/* What the caller's samples look like. A byte b of channel c stands for (b x scale - mean[c]) / deviation[c]; with more
   than 16 channels, entry 0 serves all of them. Floats are taken as they are: the three fields are not looked at. */
typedef struct espalier_format {
  uint32_t type;
  uint32_t layout;
  float scale;
  float mean[16];
  float deviation[16];
} espalier_format;

/* Says what samples look like from now on; null is what it was at first: floats in the shape and order of the model's
   own input, which is that of its ONNX file. */
espalier_status espalier_set_format(espalier_session *session, const espalier_format *format);

/* Begins training with the weights of the plan, in memory that stays the caller's and must not be touched until
   espalier_close or the next espalier_start. ESPALIER_TOO_SMALL: less than arena_bytes, or the system has no room for
   what is paged out. Where it fails, training that was started before goes on as it was. */
espalier_status espalier_start(espalier_session *session, void *arena, size_t arena_bytes);

/* Shares the convolutions of a plan in integers among so many threads from now on, the calling one included, until
   espalier_close or the next espalier_start; 1 to 64. The results are the same bits. The others sleep between calls, take
   no signals, and have memory of their own, mapped from the system: `scratch` says how many bytes beside their stacks, 0
   where threads need none or the plan has nothing to share; it may be null. A child of fork has one thread again.
   ESPALIER_TOO_SMALL: the system has not got so many. */
espalier_status espalier_share(espalier_session *session, uint32_t threads, uint64_t *scratch);

/* Ends the session; its block and arena are free for anything else. */
espalier_status espalier_close(espalier_session *session);

/* ---- Samples in memory: after espalier_start ---- */

/* What a step, or an update of several steps, came to. */
typedef struct espalier_report {
  /* Updates done so far, this one included. */
  uint64_t step;
  uint64_t samples;
  /* Samples whose largest logit was the right class; -1 where labels are targets. */
  int64_t correct;
  /* Mean over the samples, before the update. */
  float loss;
  float learning_rate;
  /* 1 where weights were updated; a plan with accumulation does so after every so many steps. */
  int32_t is_update;
  int32_t reserved;
} espalier_report;

/* Trains one batch: batch x sample_bytes, batch x label_bytes. report may be null.

   ESPALIER_MALFORMED: a class that the plan has not got; nothing was run.
   ESPALIER_DIVERGED: the step was done and weights may have become useless; load a checkpoint.
   ESPALIER_CANNOT_READ: what was paged out is lost, and with it the step; load a checkpoint or reset. */
espalier_status espalier_step(espalier_session *session, const void *samples, size_t samples_bytes, const void *labels,
                              size_t labels_bytes, espalier_report *report);

/* How well predictions meet labels. */
typedef struct espalier_score {
  uint64_t samples;
  /* Samples whose largest logit is the right class; 0 where labels are targets. */
  uint64_t correct;
  /* Mean of (prediction - target)^2; 0 where labels are classes. */
  double mean_squared_error;
} espalier_score;

/* Predicts samples, any number of them, and compares with their labels. ESPALIER_DIVERGED, as for every prediction: what
   the network gives for one is infinite or no number; results may then be there for those before it. */
espalier_status espalier_evaluate(espalier_session *session, size_t count, const void *samples, size_t samples_bytes,
                                  const void *labels, size_t labels_bytes, espalier_score *score);

/* Where predictions go, and how many bytes are there; a null pointer is for what is not wanted. */
typedef struct espalier_predictions {
  /* samples x outputs */
  float *logits;
  size_t logits_bytes;
  /* The class with the largest logit; of equals, the first. For plans with classes only. */
  int32_t *classes;
  size_t classes_bytes;
  /* Its probability by softmax. */
  float *probabilities;
  size_t probabilities_bytes;
} espalier_predictions;

/* Predicts samples, any number of them; training is not touched. */
espalier_status espalier_predict(espalier_session *session, size_t count, const void *samples, size_t samples_bytes,
                                 const espalier_predictions *predictions);

/* ---- Packed data ---- */

/* Maps and checks packed data that go with the plan. Errors are the session's. data_bytes: size of the block, at least
   espalier_data_size(); close it before the block goes. Other sessions of the same plan may use it, too. */
espalier_status espalier_data_open(espalier_session *session, espalier_data *data, size_t data_bytes, const char *path);

/* Samples, and how many of these, from the first on, are for training; the others are for evaluation. */
espalier_status espalier_data_count(espalier_session *session, const espalier_data *data, uint64_t *samples,
                                    uint64_t *training);

espalier_status espalier_data_close(espalier_data *data);

/* How training goes over packed data. */
typedef struct espalier_order {
  /* Decides the order. Once training has begun, 0 or the seed that it began with, which checkpoints keep. */
  uint64_t seed;
  /* Sum of the values of espalier_order_flags. */
  uint32_t flags;
  uint32_t reserved;
} espalier_order;

typedef enum espalier_order_flags {
  /* In the order of the file instead of another one for each pass. */
  ESPALIER_KEEP_ORDER = 1,
  /* Mirrors half of the pictures; shifts them by up to a twelfth of each side. */
  ESPALIER_FLIP = 2,
  ESPALIER_SHIFT = 4
} espalier_order_flags;

/* Does one update with the next samples for training. Where it has come to is part of the session and its checkpoints:
   the updates, and the bytes of checkpoints, are those of `espalier train`. order may be null: seed 0, no flags. */
espalier_status espalier_train(espalier_session *session, const espalier_data *data, const espalier_order *order,
                               espalier_report *report);

/* Predicts the samples for evaluation, or all where there are none of these, and compares with their labels. */
espalier_status espalier_evaluate_data(espalier_session *session, const espalier_data *data, espalier_score *score);

/* Predicts samples first to first + count - 1. */
espalier_status espalier_predict_data(espalier_session *session, const espalier_data *data, size_t first, size_t count,
                                      const espalier_predictions *predictions);

/* ---- Checkpoints ---- */

/* How far training has come; travels with checkpoints. */
typedef struct espalier_progress {
  uint64_t step;
  /* Steps since the last update, where there are several of them. */
  uint64_t micro_step;
  /* In packed data: seed of the order, passes completed, samples given of the present one. */
  uint64_t seed, epoch, position;
  /* Of all steps: samples, those of them classified right, sum of their losses. */
  uint64_t samples, correct;
  double loss;
} espalier_progress;

espalier_status espalier_get_progress(espalier_session *session, espalier_progress *progress);

/* Lets updates follow the plan of this name from now on, where the image holds several; null: whoever's turn it is.
   Batches of one update belong to one plan: ESPALIER_USAGE while micro_step is not 0, and for names that are not there
   (espalier_metadata has them under plans). Checkpoints do not keep the choice. */
espalier_status espalier_follow(espalier_session *session, const char *plan);

/* Goes back to the weights of the plan, as espalier_start does. */
espalier_status espalier_reset(espalier_session *session);

/* Writes a checkpoint to `path`, whole or not at all, with a digest; what was there becomes `path`.previous, unless it
   is damaged. What is there and no checkpoint stays, such as the plan or the data, as does a file named `path`.previous,
   `path`.espalier-tmp or `path`.espalier-lock that does not begin like ours, and a symbolic link: ESPALIER_CANNOT_WRITE. Files are those of the command line tool and of runners. ESPALIER_DIVERGED: refused
   until a checkpoint is loaded or training is reset. */
espalier_status espalier_save(espalier_session *session, const char *path);

typedef enum espalier_slot { ESPALIER_NEWEST = 0, ESPALIER_PREVIOUS = 1 } espalier_slot;

/* Goes on from the checkpoint at `path`, or from `path`.previous where that one is missing or damaged; nothing changes
   if neither can be used. slot may be null; it says which one was taken, and where it was the previous one
   espalier_error_text says why. */
espalier_status espalier_load(espalier_session *session, const char *path, espalier_slot *slot);

#ifdef __cplusplus
}
#endif

#endif
