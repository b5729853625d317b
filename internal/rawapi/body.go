package rawapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/smithy-go"
)

const (
	// maxPrealloc bounds what a Content-Length header alone can make us
	// allocate, in bytes. A longer body still grows the buffer as it arrives.
	maxPrealloc = 32 << 20

	// maxBody is the longest response accepted, in bytes. DynamoDB answers with
	// at most 1 MB of items, which is a few megabytes of JSON when every byte
	// of it is escaped.
	maxBody = 256 << 20

	// maxKept is the largest buffer kept for the next use, in bytes: a few
	// pages of exceptional size must not pin their memory for the rest of a
	// job.
	maxKept = 8 << 20

	// crcHeader holds the CRC32 of a body as DynamoDB sent it (compressed, if
	// it is). Some endpoints leave it out.
	crcHeader = "X-Amz-Crc32"
)

// BodyError reports a response body that can't be used: it was cut short, it
// does not match its checksum, or it is not the JSON it should be. Its text
// holds no byte of the body. The SDK's retryer takes it for retryable, since
// asking again is what helps.
type BodyError struct {
	Reason string // what is wrong, in fixed words
	Err    error  // the cause, or nil; a *wire.SyntaxError where the JSON is at fault
}

// Error returns the reason, and offset and grammar rule of a syntax error. The
// text of other causes stays out of it; Unwrap gives them.
func (e *BodyError) Error() string {
	var syntax *wire.SyntaxError
	if errors.As(e.Err, &syntax) {
		return "response body: " + e.Reason + ": " + syntax.Error()
	}
	return "response body: " + e.Reason
}

// Unwrap returns the cause.
func (e *BodyError) Unwrap() error { return e.Err }

// RetryableError tells the SDK's retryer to send the request again.
func (e *BodyError) RetryableError() bool { return true }

// readBody reads the body of a response into buf, whose content is
// overwritten and which is grown as needed, closes it, and checks it. It
// leaves resp with an empty body, because the SDK drains and closes the body
// once more and would log a checksum that it compared with a missing header.
//
// After an error buf must not be used again: a reader that gave up on a slow
// body may still be writing to it.
func readBody(ctx context.Context, resp *http.Response, buf []byte) ([]byte, error) {
	body := resp.Body
	if resp.Body = http.NoBody; body == nil {
		body = http.NoBody
	}
	buf, err := readAll(body, resp.ContentLength, buf)
	// The SDK's checksum step checks when the body is closed; the SDK itself
	// only logs what it finds.
	closeErr := body.Close()
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, &smithy.CanceledError{Err: ctx.Err()}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, deserialization(&BodyError{Reason: "cut short", Err: err})
	default:
		return nil, deserialization(&BodyError{Reason: "not read to its end", Err: err})
	}
	// Without the header the SDK compares the checksum with zero.
	if closeErr != nil && resp.Header.Get(crcHeader) != "" {
		return nil, deserialization(&BodyError{Reason: "not matching its checksum", Err: closeErr})
	}
	return buf, nil
}

// deserialization wraps err as the SDK wraps what its own decoder finds.
func deserialization(err error) error { return &smithy.DeserializationError{Err: err} }

var errTooLong = errors.New("longer than the limit")

// readAll reads r to its end into buf[:0].
func readAll(r io.Reader, length int64, buf []byte) ([]byte, error) {
	buf = buf[:0]
	// One byte more than announced, so that the end shows without growing.
	if want := min(max(length+1, 512), maxPrealloc); int64(cap(buf)) < want {
		buf = make([]byte, 0, want)
	}
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		case len(buf) > maxBody:
			return buf, errTooLong
		case len(buf) == cap(buf):
			bigger := make([]byte, len(buf), 2*cap(buf))
			copy(bigger, buf)
			buf = bigger
		}
	}
}
