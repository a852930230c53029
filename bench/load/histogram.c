#include "histogram.h"

enum { FINE = 32, FINE_BITS = 5 };

static unsigned bucket_of(uint64_t value) {
    if (value < 2 * FINE) return (unsigned)value;
    unsigned top = 63 - (unsigned)__builtin_clzll(value), shift = top - FINE_BITS;
    return 2 * FINE + (shift - 1) * FINE + ((value >> shift) & (FINE - 1));
}

static double upper_edge(unsigned bucket) {
    if (bucket < 2 * FINE) return bucket + 1;
    unsigned shift = (bucket - 2 * FINE) / FINE + 1;
    return (double)((uint64_t)(FINE + (bucket - 2 * FINE) % FINE + 1) << shift);
}

void histogram_add(struct histogram *histogram, uint64_t nanoseconds) {
    histogram->count++;
    if (nanoseconds > histogram->largest) histogram->largest = nanoseconds;
    histogram->buckets[bucket_of(nanoseconds)]++;
}

double histogram_ms(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)((double)histogram->count * share), seen = 0;
    if (histogram->count == 0) return 0;
    if (wanted >= histogram->count) return (double)histogram->largest / 1e6;
    for (unsigned i = 0; i < BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen > wanted) {
            double edge = upper_edge(i) / 1e6, largest = (double)histogram->largest / 1e6;
            return edge < largest ? edge : largest;
        }
    }
    return (double)histogram->largest / 1e6;
}
