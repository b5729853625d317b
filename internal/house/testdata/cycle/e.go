package cycle

const one = 1

type e struct{ next *d }
