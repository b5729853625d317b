package embedded

type inner struct{ n int }
