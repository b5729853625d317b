package fields

func sel() int { return get().x }
