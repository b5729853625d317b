package dynsynctest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// tokenLife is how long a NextToken may be used after it was made.
const tokenLife = time.Hour

// nextToken is a place in the rows that a statement reads.
type nextToken struct {
	created   time.Time
	statement string // fingerprint of the statement and its parameters
	list      int    // which of the listed partition keys
	after     item   // the key of the last row read; nil for the beginning
}

// fingerprint binds a token to its statement: the service refuses it with any
// other text or parameters, while Limit and ConsistentRead may change.
func fingerprint(account *account, statement string, parameters []types.AttributeValue) string {
	h := sha256.New()
	h.Write([]byte(account.arn + "\x00" + statement))
	h.Write(appendList(nil, parameters, appendValue))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// String is the token as clients see it.
func (t nextToken) String() string {
	var w writer
	w.object(func() {
		w.intMember("created", t.created.UnixMilli())
		w.stringMember("statement", t.statement)
		w.intMember("list", int64(t.list))
		if t.after != nil {
			w.itemMember("after", t.after)
		}
	})
	return base64.URLEncoding.EncodeToString(w.buf)
}

// parseToken reads a token back.
func parseToken(text, statement string, now time.Time) (nextToken, *apiError) {
	t, ok := decodeToken(text)
	switch {
	case !ok:
		return t, validationError("Invalid NextToken")
	case t.statement != statement:
		return t, validationError("NextToken does not match request")
	case now.Sub(t.created) >= tokenLife:
		return t, expiredToken()
	}
	return t, nil
}

func expiredToken() *apiError { return validationError("Given NextToken has already expired") }

func decodeToken(text string) (t nextToken, ok bool) {
	data, err := base64.URLEncoding.DecodeString(text)
	if err != nil || !bytes.HasPrefix(data, []byte(`{"created":`)) {
		return t, false
	}
	d := &decoder{data: data}
	d.object(func(name string) {
		switch name {
		case "created":
			t.created = time.UnixMilli(d.long())
		case "statement":
			t.statement = d.string()
		case "list":
			t.list = int(d.int())
		case "after":
			t.after = d.item()
		default:
			d.skip()
		}
	})
	return t, d.finish() == nil && t.list >= 0
}
