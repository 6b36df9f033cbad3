/* The layout of the memory: both sides are built with it. Another layout is another `version` of the contract, and so another path. */
#include <stdint.h>

#define MAGIC "routes/1"
#define VALUES 1024

struct table {
  char magic[8];
  uint64_t starts;    /* how many agents have served this object */
  uint64_t heartbeat; /* moves as long as an agent lives, also where nothing changes */
  uint64_t sequence;  /* odd while the values are written */
  uint64_t values[VALUES];
};
