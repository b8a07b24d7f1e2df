/* The board's end of the link. Frames are COBS-coded and end with a zero byte:
 *
 *   kind (1), session (2), sequence (2), payload, CRC-32 of all that (4); little endian
 *
 * The host asks, the board answers with the same session and sequence, kind | 0x80, and a status byte before the payload.
 * A request that comes again is answered again from the buffer and not carried out again; an older one is ignored. The
 * receive interrupt is off while a model runs, so that nothing disturbs what is measured.
 */
#include <string.h>

#include "firmware.h"
#include "model.h"

#define PROTOCOL_VERSION 1

enum kind {
  HELLO = 1,
  LOAD = 2,
  INVOKE = 3,
  OUTPUT = 4,
  PROFILE = 5,
  STACK = 6,
  ECHO = 7,
  SINK = 8,
  SOURCE = 9,
  COUNTERS = 10,
  RATE = 11,
  RESTART = 12,
};

enum status {
  DONE = 0,
  UNKNOWN_KIND = 1,
  MALFORMED = 2,
  OUT_OF_RANGE = 3,
  INPUT_DAMAGED = 4,
  MODEL_FAILED = 5,
  OTHER_SESSION = 6,
  FAULTED = 7,
};

#define HEADER_BYTES 5
#define CRC_BYTES 4
#define FRAME_BYTES (HEADER_BYTES + LINK_PAYLOAD_BYTES + CRC_BYTES)
/* So many broken frames in a row mean that the host speaks at another rate. */
#define RATE_PATIENCE 4

struct header {
  uint8_t kind;
  uint16_t session, sequence;
};

struct reader {
  const uint8_t *at, *end;
  int failed;
};

/* What comes in; written by the interrupt while `ready` is 0, by the main loop while it is 1. */
static struct {
  uint8_t frame[FRAME_BYTES];
  uint32_t length;
  uint8_t block_left, zero_due, broken, open;
  volatile uint8_t ready;
} in;

/* The last answer, kept until the next request. */
static struct {
  uint8_t frame[FRAME_BYTES + 1];
  uint32_t length;
} out;

static struct {
  uint32_t frames, damaged, dropped, repeated, ignored, line_errors;
} counters;

static struct clock core_clock;
static uint32_t calibration_ticks, base_rate, rate, wanted_rate;
static volatile uint32_t broken_in_a_row;
static uint16_t session, sequence;
static uint8_t has_session, must_restart;
static uint32_t sink_bytes, sink_crc;
static int8_t output[MODEL_OUTPUT_BYTES] __attribute__((aligned(16)));

/* ---- frames in ---- */

static void start_frame(void) {
  in.length = 0;
  in.block_left = in.zero_due = in.broken = in.open = 0;
}

static void take(uint8_t byte) {
  if (in.length < FRAME_BYTES) in.frame[in.length++] = byte;
  else in.broken = 1;
}

static void end_frame(void) {
  if (!in.open) return;
  if (in.broken || in.block_left != 0 || in.length < HEADER_BYTES + CRC_BYTES) {
    counters.damaged++;
    broken_in_a_row++;
    start_frame();
  } else {
    in.ready = 1;
  }
}

static void receive(uint8_t byte) {
  if (in.ready) {
    if (byte == 0) counters.dropped++;
    return;
  }
  if (byte == 0) {
    end_frame();
  } else if (in.block_left == 0) {
    if (in.zero_due) take(0);
    in.open = 1;
    in.block_left = (uint8_t)(byte - 1);
    in.zero_due = byte != 0xFF;
  } else {
    take(byte);
    in.block_left--;
  }
}

static void receive_all(void) {
  for (int byte = uart_receive(); byte != UART_NOTHING; byte = uart_receive()) {
    if (byte == UART_DAMAGED) {
      counters.line_errors++;
      broken_in_a_row++; /* bytes at another rate may never look like the end of a frame */
      if (!in.ready) in.broken = in.open = 1;
    } else {
      receive((uint8_t)byte);
    }
  }
}

void link_interrupt(void) { receive_all(); }

/* ---- frames out ---- */

static void put8(uint32_t value) {
  if (out.length < FRAME_BYTES) out.frame[out.length++] = (uint8_t)value;
}
static void put16(uint32_t value) {
  put8(value);
  put8(value >> 8);
}
static void put32(uint32_t value) {
  put16(value);
  put16(value >> 16);
}
static void put64(uint64_t value) {
  put32((uint32_t)value);
  put32((uint32_t)(value >> 32));
}
static void put_bytes(const void *bytes, uint32_t count) {
  if (count > FRAME_BYTES - out.length) count = FRAME_BYTES - out.length;
  memcpy(out.frame + out.length, bytes, count);
  out.length += count;
}
static void put_text(const char *text) {
  uint32_t length = (uint32_t)strlen(text);
  put8(length);
  put_bytes(text, length);
}

/* As if a zero followed the bytes: each block ends before a zero, or is 254 bytes without one. */
static void send_coded(const uint8_t *bytes, uint32_t count) {
  uart_send(0);
  for (uint32_t from = 0; from <= count;) {
    uint32_t to = from;
    while (to < count && bytes[to] != 0 && to - from < 254) to++;
    uart_send((uint8_t)(to - from + 1));
    for (uint32_t i = from; i < to; i++) uart_send(bytes[i]);
    if (to - from < 254) from = to + 1;
    else if (to == count) break;
    else from = to;
  }
  uart_send(0);
}

static void begin_answer(uint8_t kind, enum status status) {
  out.length = 0;
  put8(kind | 0x80u);
  put16(session);
  put16(sequence);
  put8(status);
}

/* Keeps header and status, gives up what was written since. */
static void fail(enum status status) {
  out.length = HEADER_BYTES + 1;
  out.frame[HEADER_BYTES] = (uint8_t)status;
}

static void send_answer(void) {
  uint32_t crc = crc32_of(0, out.frame, out.length);
  uint8_t *end = out.frame + out.length;
  for (int i = 0; i < CRC_BYTES; i++) end[i] = (uint8_t)(crc >> (8 * i));
  send_coded(out.frame, out.length + CRC_BYTES);
}

/* ---- requests ---- */

static uint32_t get(struct reader *reader, int bytes) {
  uint32_t value = 0;
  if (reader->end - reader->at < bytes) {
    reader->failed = 1;
    reader->at = reader->end;
    return 0;
  }
  for (int i = 0; i < bytes; i++) value |= (uint32_t)*reader->at++ << (8 * i);
  return value;
}

static uint32_t left(const struct reader *reader) { return (uint32_t)(reader->end - reader->at); }

static void answer_hello(void) {
  put8(PROTOCOL_VERSION);
  put16(LINK_PAYLOAD_BYTES);
  put_bytes(BUILD_ID, 8);
  put_text(BOARD_ID);
  put32(core_clock.hertz);
  put8(core_clock.source);
  put8(cycles_source());
  put32(calibration_ticks);
  put32(CALIBRATION_INSTRUCTIONS);
  put32(REGISTER(0xE000ED00)); /* CPUID */
  put32(MODEL_INPUT_BYTES);
  put32(MODEL_OUTPUT_BYTES);
  put32(MODEL_SRAM_BYTES);
  put32(profile_operators());
  put32(rate);
  put32(stack_total_bytes());
}

/* offset (4), bytes */
static void answer_load(struct reader *reader) {
  uint32_t offset = get(reader, 4), count = left(reader);
  if (reader->failed) return fail(MALFORMED);
  if (offset > MODEL_INPUT_BYTES || count > MODEL_INPUT_BYTES - offset) return fail(OUT_OF_RANGE);
  if (!run_load(offset, reader->at, count)) return fail(OUT_OF_RANGE);
}

/* crc of the input (4), flags (1): 1 = profile, 2 = whatever the input now holds will do (a repeated run for time). */
static void answer_invoke(struct reader *reader) {
  uint32_t crc = get(reader, 4), flags = get(reader, 1);
  if (reader->failed) return fail(MALFORMED);
  if (!(flags & 2) && run_input_crc() != crc) return fail(INPUT_DAMAGED);
  uart_listen(0);
  led_set(1);
  struct run run = run_model(output, flags & 1, flags & 2);
  led_set(0);
  uart_listen(1);
  put32((uint32_t)run.result);
  put64(run.ticks);
  put32(run.stack_bytes);
  put32(crc32_of(0, output, MODEL_OUTPUT_BYTES));
  if (run.result != 0) out.frame[HEADER_BYTES] = MODEL_FAILED;
}

static void answer_output(struct reader *reader) {
  uint32_t offset = get(reader, 4), count = get(reader, 2);
  if (reader->failed) return fail(MALFORMED);
  if (count > LINK_PAYLOAD_BYTES - 1 || offset > MODEL_OUTPUT_BYTES || count > MODEL_OUTPUT_BYTES - offset) return fail(OUT_OF_RANGE);
  put_bytes(output + offset, count);
}

static void answer_profile(struct reader *reader) {
  uint32_t first = get(reader, 2), count = get(reader, 2);
  if (reader->failed) return fail(MALFORMED);
  if (first > profile_operators() || count > profile_operators() - first || 4 + count * 12 > LINK_PAYLOAD_BYTES - 1) return fail(OUT_OF_RANGE);
  put32(profile_overhead_256());
  for (uint32_t i = first; i < first + count; i++) {
    struct profile_entry entry = profile_of(i);
    put64(entry.ticks);
    put32(entry.calls);
  }
}

/* offset (4), bytes: taken only in order, as a file would be written. */
static void answer_sink(struct reader *reader) {
  uint32_t offset = get(reader, 4), count = left(reader);
  if (reader->failed) return fail(MALFORMED);
  if (offset == 0) sink_bytes = sink_crc = 0;
  if (offset != sink_bytes) return fail(OUT_OF_RANGE);
  sink_crc = crc32_of(sink_crc, reader->at, count);
  sink_bytes += count;
  put32(sink_bytes);
  put32(sink_crc);
}

/* offset (4), count (2): the bytes of a fixed pseudo-random file at that place. */
static void answer_source(struct reader *reader) {
  uint32_t offset = get(reader, 4), count = get(reader, 2);
  if (reader->failed) return fail(MALFORMED);
  if (count > LINK_PAYLOAD_BYTES - 1) return fail(OUT_OF_RANGE);
  for (uint32_t i = offset; i < offset + count; i++) put8((i * 2654435761u) >> 24 ^ i);
}

static void answer_counters(void) {
  put32(counters.frames);
  put32(counters.damaged);
  put32(counters.dropped);
  put32(counters.repeated);
  put32(counters.ignored);
  put32(counters.line_errors);
}

static void answer_stack(void) {
  put32(stack_total_bytes());
  put32(stack_used_bytes());
  put32(arena_total_bytes());
  put32(arena_used_bytes());
}

/* The new rate holds once the answer has left at the old one. */
static void answer_rate(struct reader *reader) {
  wanted_rate = get(reader, 4);
  if (reader->failed) {
    wanted_rate = 0;
    fail(MALFORMED);
  }
}

static void carry_out(uint8_t kind, struct reader *reader) {
  begin_answer(kind, DONE);
  switch (kind) {
    case HELLO: return answer_hello();
    case LOAD: return answer_load(reader);
    case INVOKE: return answer_invoke(reader);
    case OUTPUT: return answer_output(reader);
    case PROFILE: return answer_profile(reader);
    case STACK: return answer_stack();
    case ECHO: return put_bytes(reader->at, left(reader));
    case SINK: return answer_sink(reader);
    case SOURCE: return answer_source(reader);
    case COUNTERS: return answer_counters();
    case RATE: return answer_rate(reader);
    case RESTART: must_restart = 1; return;
    default: return fail(UNKNOWN_KIND);
  }
}

static int is_intact(void) {
  uint32_t body = in.length - CRC_BYTES, crc = crc32_of(0, in.frame, body);
  for (int i = 0; i < CRC_BYTES; i++)
    if (in.frame[body + i] != (uint8_t)(crc >> (8 * i))) return 0;
  return 1;
}

/* Answers outside of the session without touching the kept answer. */
static void refuse_session(const struct header *header) {
  uint8_t frame[HEADER_BYTES + 1 + CRC_BYTES] = {
      header->kind | 0x80u,           (uint8_t)header->session,         (uint8_t)(header->session >> 8),
      (uint8_t)header->sequence, (uint8_t)(header->sequence >> 8), OTHER_SESSION};
  uint32_t crc = crc32_of(0, frame, HEADER_BYTES + 1);
  for (int i = 0; i < CRC_BYTES; i++) frame[HEADER_BYTES + 1 + i] = (uint8_t)(crc >> (8 * i));
  send_coded(frame, sizeof frame);
}

static void take_rate(uint32_t wanted) {
  rate = uart_set_rate(wanted);
  broken_in_a_row = 0;
}

static void after_answer(void) {
  if (wanted_rate != 0) {
    take_rate(wanted_rate);
    wanted_rate = 0;
  }
  if (must_restart) {
    (void)uart_set_rate(base_rate); /* waits until the answer has left */
    __asm volatile("dsb");
    REGISTER(0xE000ED0C) = 0x05FA0004u; /* AIRCR: system reset */
    for (;;) {
    }
  }
}

enum reply { NO_REPLY, REPLY, REFUSAL };

/* Carries out what came in; `header` is left with kind, session and sequence of the request. */
static enum reply handle_frame(struct header *header) {
  if (!is_intact()) {
    counters.damaged++;
    broken_in_a_row++;
    return NO_REPLY;
  }
  broken_in_a_row = 0;
  struct reader reader = {in.frame, in.frame + in.length - CRC_BYTES, 0};
  header->kind = (uint8_t)get(&reader, 1);
  header->session = (uint16_t)get(&reader, 2);
  header->sequence = (uint16_t)get(&reader, 2);
  counters.frames++;
  if (header->kind == HELLO && !(has_session && header->session == session)) {
    has_session = 1;
    session = header->session;
    sequence = (uint16_t)(header->sequence - 1);
  }
  if (!has_session || header->session != session) return REFUSAL;
  uint16_t ahead = (uint16_t)(header->sequence - sequence);
  if (ahead == 0) {
    counters.repeated++;
    return REPLY;
  }
  if (ahead > 0x7FFF) {
    counters.ignored++;
    return NO_REPLY;
  }
  sequence = header->sequence;
  carry_out(header->kind, &reader);
  return REPLY;
}

static void serve_frame(void) {
  struct header header;
  enum reply reply = handle_frame(&header);
  /* The host may send its next request as soon as it has our answer: there must be room for it by then. */
  start_frame();
  in.ready = 0;
  if (reply == REPLY) send_answer();
  if (reply == REFUSAL) refuse_session(&header);
  after_answer();
}

void link_start(struct clock clock) {
  core_clock = clock;
  base_rate = LINK_BAUD;
  rate = uart_set_rate(base_rate);
  calibration_ticks = cycles_calibration();
  start_frame();
  uart_listen(1);
}

void link_serve(void) {
  for (;;) {
    uint32_t state = interrupts_off();
    /* With interrupts off, WFI still wakes on one: none can slip in between the look and the sleep. */
    if (!in.ready && broken_in_a_row < RATE_PATIENCE) __asm volatile("wfi");
    interrupts_restore(state);
    __asm volatile("isb");
    if (in.ready) serve_frame();
    if (broken_in_a_row >= RATE_PATIENCE) {
      broken_in_a_row = 0;
      if (rate != base_rate) take_rate(base_rate);
    }
  }
}

void link_report_fault(const struct fault_record *record) {
  for (int at_once = 1;; at_once = 0) {
    /* The request that was being carried out gets its answer now, every later one when it comes. */
    if (!at_once) {
      receive_all();
      if (!in.ready) continue;
      if (is_intact()) {
        session = (uint16_t)(in.frame[1] | in.frame[2] << 8);
        sequence = (uint16_t)(in.frame[3] | in.frame[4] << 8);
      }
    }
    if (in.ready) {
      begin_answer(in.frame[0], FAULTED);
      put_bytes(record, sizeof *record);
      send_answer();
    }
    start_frame();
    in.ready = 0;
  }
}
