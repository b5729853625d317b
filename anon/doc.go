// Package anon anonymizes attribute values for dynsync: names, addresses, phone
// numbers and the like are replaced by pseudonyms that look real, stay consistent
// and cannot be traced back without the job's key.
package anon
