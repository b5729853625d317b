// Package script runs JavaScript as a transformer.
package script
