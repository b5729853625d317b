// Package rules reads the tables and rules of a job from YAML or JSON, for teams
// that keep them under review, apart from the program that runs them:
//
//	version: 1
//	tables:
//	  - source: ProdUsers
//	    destination: StageUsers
//	    where: "Country = ? AND Age >= ?"
//	    params: [DE, 18]
//	    rules:
//	      - path: Country
//	        use: passthrough
//	      - path: Name
//	        use: firstName
//	        with: {in: person}
//	      - path: PK
//	        use: delimited
//	        with:
//	          separator: "#"
//	          parts: [passthrough, {use: firstName, with: {in: person}}]
//	        allowCollisions: true
//
// Clients, the key and whatever else is Go's stays in Go:
//
//	file, err := rules.Load("rules.yaml")
//	if err != nil {
//		return err // every fault of the file, with line and column
//	}
//	syncer, err := dynsync.New(append(file.Options(),
//		dynsync.WithSource(prod), dynsync.WithDestination(stage), dynsync.WithKey(key))...)
//
// All keys and transformers stand in REFERENCE.md, which is [Reference]; schema.json,
// which is [Schema], makes editors complete and check a file. Both are made of the
// tables that the parser works by.
//
// # Scalars
//
// Text without quotes means what it means to JSON: true, false and null, and numbers
// as JSON writes them, which keep their decimal text. ~ and nothing at all are null.
// Everything else is text, apart from what one version of YAML or another takes for
// something else, such as yes, on, 012, 0x1F, 1_000, 12:30 and 2024-01-01: in quotes
// it is text, and without it is an error. Only keys of mappings are always text. An
// element of a list that goes on in the next line without quotes is an error too: it
// is most often two, the second of them indented wrongly. So is a backspace, which \b
// is within double quotes, where regular expressions need \\b.
//
// Anchors, aliases, merge keys and tags are errors, and so is a file of more than
// 1 MiB, of several documents, or nested deeper than 64 levels. In JSON, \u escapes
// of halves of surrogate pairs must make pairs. The characters U+0085, U+2028 and
// U+2029, which end lines in some versions of YAML, are written as escapes in
// double quotes.
//
// All tables together have 100,000 rules at most, where those of the defaults are
// counted for each table.
package rules

//go:generate go test -run ^TestGenerated$ -update
