/* What all models have: loadings of a driver, each with memory of its own, and callers that must
 * touch none that is not there. */
#ifndef CALLERS
#define CALLERS 2
#endif
#ifndef LOADS
#define LOADS 2
#endif
#ifndef TURNS
#define TURNS 2
#endif
#define NONE 255

bool mapped[LOADS];       /* whether the code and data of that loading are there */
bool deleted[LOADS];      /* whether the loading refuses to be counted */
byte count[LOADS];        /* its use count */
byte published = NONE;    /* what callers find: the driver that is registered */

/* A use of the driver's own memory: its code, or anything in its structure. */
inline touch(g) { assert(mapped[g]) }
