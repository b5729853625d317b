package cycle

func f() { a(); a() }
