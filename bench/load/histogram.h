/* Latencies in buckets of about 3 %: percentiles of millions of values in a fixed, small space. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H
#include <stdint.h>

#define BUCKETS 2048

struct histogram {
    uint64_t count, largest;
    uint64_t buckets[BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t nanoseconds);

/* The value below which `share` (0 to 1) of all values lie, in milliseconds; the bucket's upper edge, never flattering. */
double histogram_ms(const struct histogram *histogram, double share);

#endif
