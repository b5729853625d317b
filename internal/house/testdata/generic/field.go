package generic

func field() (int, int) { return ints().items[0], named().val }
