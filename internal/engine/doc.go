// Package engine takes items through the rules of a table.
//
// The root of the module speaks of transformers and records; the engine speaks of ops on
// bytes: a value is a DynamoDB JSON value object with its kind. A [Plan] is everything
// that happens to the items of one table. An [Exec] runs it, item by item: it walks the
// item beside the compiled [Rules], gives what they select to their ops and everything
// else to the default of its kind, and writes the result. Nobody but the engine touches
// an item that is being rewritten, so that an original stays only where an op, an action
// or the plan says so.
package engine
