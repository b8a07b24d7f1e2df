/* Stands in for libusb-1.0.so.0 in tests: what a program does with USB is sent to a Unix socket ($VIRTUAL_USB), where virtual
 * devices answer. With LD_LIBRARY_PATH, unmodified OpenOCD uses it with the very command line that a user types.
 *
 * Only what OpenOCD and the libraries it links call is here. Structures are those of libusb's public ABI 1.0 (64 bit).
 * Request: operation, device, endpoint or string index, 0, length (4), payload if it goes out. Answer: status (4), length (4),
 * payload. Operations: L list, O open, X close, C claim, B bulk, S string.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

enum { ERROR_IO = -1, ERROR_INVALID_PARAM = -2, ERROR_ACCESS = -3, ERROR_NO_DEVICE = -4, ERROR_NOT_FOUND = -5, ERROR_BUSY = -6, ERROR_TIMEOUT = -7 };

struct endpoint { uint8_t length, type, address, attributes; uint16_t packet; uint8_t interval, refresh, synch; const uint8_t *extra; int extra_length; };
struct alternate { uint8_t length, type, number, setting, endpoints, class, subclass, protocol, name; const struct endpoint *endpoint; const uint8_t *extra; int extra_length; };
struct interface { const struct alternate *alternate; int count; };
struct configuration { uint8_t length, type; uint16_t total; uint8_t interfaces, value, name, attributes, power; const struct interface *interface; const uint8_t *extra; int extra_length; };
struct descriptor { uint8_t length, type; uint16_t usb; uint8_t class, subclass, protocol, packet; uint16_t vendor, product, release; uint8_t manufacturer_name, product_name, serial_name, configurations; };
struct device { int references, index; uint8_t raw[18]; uint8_t endpoints[8]; int endpoint_count; uint8_t interface_name; };
struct handle { struct device *device; };
struct transfer { struct handle *handle; uint8_t flags; unsigned char endpoint, type; unsigned timeout; int status, length, actual; void (*callback)(struct transfer *); void *user; unsigned char *buffer; int packets; };

/* ---- the socket ---- */

static int connection = -1;

static int all(int writing, void *bytes, size_t count) {
  for (uint8_t *at = bytes; count > 0;) {
    ssize_t moved = writing ? write(connection, at, count) : read(connection, at, count);
    if (moved <= 0) return 0;
    at += moved;
    count -= (size_t)moved;
  }
  return 1;
}

static int is_connected(void) {
  if (connection >= 0) return 1;
  const char *path = getenv("VIRTUAL_USB");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || strlen(path) >= sizeof address.sun_path) return 0;
  strcpy(address.sun_path, path);
  connection = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0) return 1;
  close(connection);
  connection = -1;
  return 0;
}

/* Gives the status; the answer's payload goes to `in`, at most `room` bytes, its length to `*got`. */
static int ask(char operation, int device, uint8_t which, uint32_t length, const void *out, void *in, uint32_t room, uint32_t *got) {
  uint8_t head[8] = {(uint8_t)operation, (uint8_t)device, which, 0};
  int32_t status;
  uint32_t count;
  if (got) *got = 0;
  if (!is_connected()) return ERROR_NO_DEVICE;
  memcpy(head + 4, &length, 4);
  if (!all(1, head, 8) || (out && !all(1, (void *)out, length))) return ERROR_NO_DEVICE;
  if (!all(0, &status, 4) || !all(0, &count, 4)) return ERROR_NO_DEVICE;
  uint8_t *answer = malloc(count + 1);
  if (!all(0, answer, count)) status = ERROR_NO_DEVICE;
  else if (in) {
    if (count > room) count = room;
    memcpy(in, answer, count);
    if (got) *got = count;
  }
  free(answer);
  return status;
}

/* ---- library and devices ---- */

int libusb_init(void **context) {
  if (context) *context = NULL;
  return 0;
}
void libusb_exit(void *context) { (void)context; }

/* The list: for each device its descriptor, the name of its interface, and its endpoint addresses. */
ssize_t libusb_get_device_list(void *context, struct device ***list) {
  uint8_t bytes[4096];
  uint32_t got;
  (void)context;
  int status = ask('L', 0, 0, 0, NULL, bytes, sizeof bytes, &got);
  int count = status == 0 && got > 0 ? bytes[0] : 0;
  const uint8_t *at = bytes + 1;
  *list = calloc((size_t)count + 1, sizeof **list);
  for (int i = 0; i < count; i++) {
    struct device *device = calloc(1, sizeof *device);
    device->references = 1;
    device->index = i;
    memcpy(device->raw, at, 18);
    device->interface_name = at[18];
    device->endpoint_count = at[19];
    memcpy(device->endpoints, at + 20, at[19]);
    at += 20 + device->endpoint_count;
    (*list)[i] = device;
  }
  return count;
}
struct device *libusb_ref_device(struct device *device) {
  device->references++;
  return device;
}
void libusb_unref_device(struct device *device) {
  if (--device->references == 0) free(device);
}
void libusb_free_device_list(struct device **list, int unreference) {
  for (int i = 0; list && list[i] && unreference; i++) libusb_unref_device(list[i]);
  free(list);
}
int libusb_get_device_descriptor(struct device *device, struct descriptor *out) {
  memcpy(out, device->raw, 18); /* its fields lie as on the wire */
  return 0;
}
int libusb_get_config_descriptor(struct device *device, uint8_t index, struct configuration **out) {
  (void)index;
  struct endpoint *endpoints = calloc((size_t)device->endpoint_count + 1, sizeof *endpoints);
  for (int i = 0; i < device->endpoint_count; i++)
    endpoints[i] = (struct endpoint){.length = 7, .type = 5, .address = device->endpoints[i], .attributes = 2, .packet = 64};
  struct alternate *alternate = calloc(1, sizeof *alternate);
  *alternate = (struct alternate){.length = 9, .type = 4, .endpoints = (uint8_t)device->endpoint_count, .class = 255, .name = device->interface_name, .endpoint = endpoints};
  struct interface *interface = calloc(1, sizeof *interface);
  *interface = (struct interface){alternate, 1};
  *out = calloc(1, sizeof **out);
  **out = (struct configuration){.length = 9, .type = 2, .total = 32, .interfaces = 1, .value = 1, .attributes = 0x80, .power = 50, .interface = interface};
  return 0;
}
int libusb_get_active_config_descriptor(struct device *device, struct configuration **out) { return libusb_get_config_descriptor(device, 0, out); }
void libusb_free_config_descriptor(struct configuration *configuration) {
  if (configuration == NULL) return;
  free((void *)configuration->interface->alternate->endpoint);
  free((void *)configuration->interface->alternate);
  free((void *)configuration->interface);
  free(configuration);
}
uint8_t libusb_get_bus_number(struct device *device) { return (void)device, 1; }
uint8_t libusb_get_device_address(struct device *device) { return (uint8_t)(device->index + 2); }
int libusb_get_port_numbers(struct device *device, uint8_t *ports, int count) {
  if (count > 0) ports[0] = (uint8_t)(device->index + 1);
  return 1;
}

/* ---- handles ---- */

int libusb_open(struct device *device, struct handle **out) {
  int status = ask('O', device->index, 0, 0, NULL, NULL, 0, NULL);
  if (status < 0) return status;
  *out = calloc(1, sizeof **out);
  (*out)->device = libusb_ref_device(device);
  return 0;
}
void libusb_close(struct handle *handle) {
  if (handle == NULL) return;
  ask('X', handle->device->index, 0, 0, NULL, NULL, 0, NULL);
  libusb_unref_device(handle->device);
  free(handle);
}
struct device *libusb_get_device(struct handle *handle) { return handle->device; }
int libusb_claim_interface(struct handle *handle, int number) { return ask('C', handle->device->index, (uint8_t)number, 0, NULL, NULL, 0, NULL); }
int libusb_release_interface(struct handle *handle, int number) { return (void)handle, (void)number, 0; }
int libusb_set_configuration(struct handle *handle, int value) { return (void)handle, (void)value, 0; }
int libusb_get_configuration(struct handle *handle, int *value) { return (void)handle, *value = 1, 0; }
int libusb_set_interface_alt_setting(struct handle *handle, int number, int setting) { return (void)handle, (void)number, (void)setting, 0; }
int libusb_clear_halt(struct handle *handle, unsigned char endpoint) { return (void)handle, (void)endpoint, 0; }
int libusb_reset_device(struct handle *handle) { return (void)handle, 0; }
int libusb_detach_kernel_driver(struct handle *handle, int number) { return (void)handle, (void)number, 0; }
int libusb_set_auto_detach_kernel_driver(struct handle *handle, int enable) { return (void)handle, (void)enable, 0; }
int libusb_get_string_descriptor_ascii(struct handle *handle, uint8_t index, unsigned char *out, int room) {
  uint32_t got;
  if (index == 0 || room < 1) return ERROR_INVALID_PARAM;
  int status = ask('S', handle->device->index, index, 0, NULL, out, (uint32_t)room - 1, &got);
  if (status < 0) return status;
  out[got] = 0;
  return (int)got;
}

/* ---- transfers ---- */

int libusb_bulk_transfer(struct handle *handle, unsigned char endpoint, unsigned char *data, int length, int *actual, unsigned timeout) {
  uint32_t got = (uint32_t)length;
  (void)timeout;
  int status = endpoint & 0x80 ? ask('B', handle->device->index, endpoint, (uint32_t)length, NULL, data, (uint32_t)length, &got)
                               : ask('B', handle->device->index, endpoint, (uint32_t)length, data, NULL, 0, NULL);
  if (actual) *actual = status < 0 ? 0 : (int)(endpoint & 0x80 ? got : (uint32_t)length);
  return status < 0 ? status : 0;
}
int libusb_control_transfer(struct handle *handle, uint8_t type, uint8_t request, uint16_t value, uint16_t index, unsigned char *data, uint16_t length, unsigned timeout) {
  return (void)handle, (void)type, (void)request, (void)value, (void)index, (void)data, (void)length, (void)timeout, ERROR_NOT_FOUND;
}

/* Asynchronous transfers happen at once and are told of when events are handled. */
static struct transfer *finished[64];
static int finished_count;

struct transfer *libusb_alloc_transfer(int packets) { return calloc(1, sizeof(struct transfer) + (size_t)packets * 16); }
void libusb_free_transfer(struct transfer *transfer) { free(transfer); }
int libusb_submit_transfer(struct transfer *transfer) {
  if (finished_count == 64) return ERROR_BUSY;
  int status = libusb_bulk_transfer(transfer->handle, transfer->endpoint, transfer->buffer, transfer->length, &transfer->actual, transfer->timeout);
  transfer->status = status == 0 ? 0 : status == ERROR_TIMEOUT ? 2 : status == ERROR_NO_DEVICE ? 5 : 1;
  finished[finished_count++] = transfer;
  return 0;
}
int libusb_cancel_transfer(struct transfer *transfer) { return (void)transfer, ERROR_NOT_FOUND; }
int libusb_handle_events_timeout_completed(void *context, struct timeval *timeout, int *completed) {
  struct transfer *now[64];
  int count = finished_count;
  (void)context, (void)timeout, (void)completed;
  memcpy(now, finished, sizeof now);
  finished_count = 0;
  for (int i = 0; i < count; i++) now[i]->callback(now[i]);
  return 0;
}
int libusb_handle_events_timeout(void *context, struct timeval *timeout) { return libusb_handle_events_timeout_completed(context, timeout, NULL); }
int libusb_handle_events_completed(void *context, int *completed) { return libusb_handle_events_timeout_completed(context, NULL, completed); }

const char *libusb_error_name(int code) {
  switch (code) {
    case 0: return "LIBUSB_SUCCESS";
    case ERROR_ACCESS: return "LIBUSB_ERROR_ACCESS";
    case ERROR_NO_DEVICE: return "LIBUSB_ERROR_NO_DEVICE";
    case ERROR_NOT_FOUND: return "LIBUSB_ERROR_NOT_FOUND";
    case ERROR_BUSY: return "LIBUSB_ERROR_BUSY";
    case ERROR_TIMEOUT: return "LIBUSB_ERROR_TIMEOUT";
    default: return "LIBUSB_ERROR_IO";
  }
}
const char *libusb_strerror(int code) { return libusb_error_name(code); }
