package once

func Use(x t) {
	elsewhere()
	twice()
	twice()
	recursive(1)
	x.method()
	x.hook()
}
