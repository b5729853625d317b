package moves

func user() int { return base + used() }

func used() int { return 2 }
