// Package partiql reads the part of PartiQL that DynamoDB speaks: the condition
// after WHERE, and the four statements.
//
// [ParseWhere] and [ParseStatement] turn text into a small tree, [Validate]
// finds what the service refuses before it looks at an item, [Eval] decides
// whether an item matches, [Translate] writes the filter with which a Scan selects
// the same items. The tree serves FilterExpression and ConditionExpression as
// well: they share DynamoDB's semantics (a missing attribute makes a comparison
// false, not unknown) and most of its messages.
//
// The service stays the judge of every condition that is sent to it. An [*Error] that is
// Sure, as every [LexError] is, means that the service refuses the text, too; any other
// means only that this package does not know the construct. [Judge] and [Against] find
// what the service takes, and cannot be meant, or selects nothing.
//
// A condition may hold personal data in its literals. What Error returns
// therefore names places, keywords and operators only; nothing here has a String
// method that prints a literal.
//
// Text is UTF-8, save that a string may hold a lone surrogate as the three bytes
// ED A0..BF 80..BF, as everywhere in this module.
package partiql
