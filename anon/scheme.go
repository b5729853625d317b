package anon

import "github.com/dynsync/dynsync/internal/scheme"

// Scheme is the number of the scheme of pseudonyms that this release has. Within a scheme,
// equal keys, options and values have equal pseudonyms, whichever release makes them. Do not
// mix pseudonyms of two schemes in one copy. See the section about data above.
const Scheme = scheme.Number
