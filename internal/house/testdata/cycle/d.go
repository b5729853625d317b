package cycle

const size = one + 1

type d struct{ e }
