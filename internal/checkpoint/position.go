package checkpoint

import "time"

// A Position is where the reading of a segment goes on. The zero Position is the
// beginning. With a token it goes on by ExecuteStatement; without, behind the key, by
// Scan: a SELECT returns the items of a table in the order of a Scan, and a key does
// not expire, as a token does.
type Position struct {
	Token string
	Since time.Time // when the token was made
	Key   []byte    // DynamoDB JSON of the key attributes of the last item that is known to have been read, or nil
	Done  bool      // the segment ended
}

// tokenLife is how long DynamoDB takes a NextToken (an hour; see the statement of
// AWS's support on re:Post), less what a slow request may take.
const tokenLife = 58 * time.Minute

// Scans reports whether the reading goes on by Scan.
func (at Position) Scans() bool { return at.Token == "" && at.Key != nil }

// Expired reports whether DynamoDB no longer takes the token, if there is one.
func (at Position) Expired() bool { return at.Token != "" && time.Since(at.Since) > tokenLife }

// A Cursor reads a segment page by page.
type Cursor struct {
	Segment int
	At      Position
	Fresh   bool // this run has read nothing of the segment
}

// A Frontier is where the reading of a table stands. A segment is done, under way or
// not begun; a table that is read by SELECT is one segment.
type Frontier struct {
	Open      []Cursor // the segments under way, in ascending order
	Next, End int      // those that are not begun: [Next, End)
}

// Done reports whether the table is read to its end.
func (f Frontier) Done() bool { return len(f.Open) == 0 && f.Next == f.End }

// Left returns how many segments are under way or not begun.
func (f Frontier) Left() int { return len(f.Open) + f.End - f.Next }
