// Package rules reads the tables and rules of a job from YAML or JSON, so that a team
// can review them apart from the program that runs the job:
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
// The program sets the clients, the key and everything else:
//
//	file, err := rules.Load("rules.yaml")
//	if err != nil {
//		return err // every fault of the file, with line and column
//	}
//	syncer, err := dynsync.New(append(file.Options(),
//		dynsync.WithSource(prod), dynsync.WithDestination(stage, dynsync.Account(stageAccount)),
//		dynsync.WithKey(key))...)
//
// REFERENCE.md, which [Reference] returns, describes all keys and transformers. With
// schema.json, which [Schema] returns, an editor completes and checks a file. Both are
// generated from the parser's tables.
//
// # Scalars
//
// An unquoted scalar means what it means in JSON: true, false, null, or a number, which
// keeps its decimal text. ~ and an empty value are null. Every other unquoted scalar is
// a string, unless some version of YAML reads it as something else: yes, on, 012, 0x1F,
// 1_000, 12:30 and 2024-01-01 are errors; in quotes they are strings. Keys of mappings
// are always strings.
//
// Two frequent mistakes are errors. An unquoted list element that continues on the next
// line is usually two elements, the second with wrong indentation. \b in double quotes
// is a backspace; a regular expression needs \\b there.
//
// Anchors, aliases, merge keys and tags are errors. So is a file of more than 1 MiB,
// with several documents, or nested deeper than 64 levels. In JSON, the \u escapes of
// surrogates must form pairs. The characters U+0085, U+2028 and U+2029 end lines in
// some versions of YAML; write them as escapes in double quotes.
//
// All tables together have at most 100,000 rules. The rules of the defaults count once
// per table.
package rules

//go:generate go test -run ^TestGenerated$ -update
