package tagged

func common() { lock() }
