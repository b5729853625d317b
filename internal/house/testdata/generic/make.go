package generic

func ints() *list[int] { return nil }

func named() (p pair[string, int]) { return p }
