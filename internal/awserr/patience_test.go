package awserr

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
)

// tryFor calls Wait, with attempts of those durations in between, until it gives up or
// all have passed. The last duration repeats if it is to. It returns how many attempts
// there were and how long they took.
func tryFor(t *testing.T, b *Backoff, attempts ...time.Duration) (n int, took time.Duration) {
	t.Helper()
	began := time.Now()
	for n < 1000 {
		time.Sleep(attempts[min(n, len(attempts)-1)])
		n++
		if !b.Wait(t.Context()) {
			break
		}
	}
	return n, time.Since(began)
}

// A request is tried for as long as its patience while the process is awake; what a
// process sleeps in between neither ends it nor makes it go on for ever.
func TestPatienceCountsTimeAwake(t *testing.T) {
	const quick, asleep = 10 * time.Millisecond, 10 * time.Minute
	for _, tt := range []struct {
		name        string
		b           Backoff
		attempts    []time.Duration
		asleep      time.Duration // of the time that passes
		least, most time.Duration // awake
	}{
		{"quick", Backoff{Patience: 2 * time.Minute}, []time.Duration{quick}, 0, 2 * time.Minute, 126 * time.Second},
		{"unanswered", Backoff{Patience: 2 * time.Minute}, []time.Duration{30 * time.Second}, 0, 2 * time.Minute, 185 * time.Second},
		{"asleep at once", Backoff{Patience: 2 * time.Minute}, []time.Duration{asleep, quick}, asleep, 2 * time.Minute, 126 * time.Second},
		{"asleep in the second", Backoff{Patience: 2 * time.Minute}, []time.Duration{quick, asleep, quick}, asleep, 85 * time.Second, 126 * time.Second},
		{"asleep late", Backoff{Patience: 2 * time.Minute}, []time.Duration{quick, quick, quick, quick, quick, quick, quick, quick, asleep, quick}, asleep, 85 * time.Second, 126 * time.Second},
		{"asleep twice", Backoff{Patience: 2 * time.Minute}, []time.Duration{quick, asleep, quick, asleep, quick}, 2 * asleep, 50 * time.Second, 126 * time.Second},
		{"asleep for a day", Backoff{Patience: 2 * time.Minute}, []time.Duration{quick, 24 * time.Hour, quick}, 24 * time.Hour, 85 * time.Second, 126 * time.Second},
		{"asleep for ever", Backoff{Patience: 2 * time.Minute}, []time.Duration{asleep}, 0, time.Minute, 90 * time.Minute},
		{"several requests in a row", Backoff{Patience: 2 * time.Minute, Limit: time.Minute}, []time.Duration{quick, asleep, quick}, asleep, 55 * time.Second, 126 * time.Second},
		{"several requests, unanswered", Backoff{Patience: 2 * time.Minute, Limit: time.Minute}, []time.Duration{2 * time.Minute}, 0, 2 * time.Minute, 7 * time.Minute},
		{"the preflight", Backoff{Patience: GiveUpEarly, Limit: GiveUpAfter / 4}, []time.Duration{quick}, 0, GiveUpEarly, 11 * time.Second},
		{"the preflight, unanswered", Backoff{Patience: GiveUpEarly, Limit: GiveUpAfter / 4}, []time.Duration{30 * time.Second}, 0, GiveUpEarly, 65 * time.Second},
		{"the preflight, asleep", Backoff{Patience: GiveUpEarly, Limit: GiveUpAfter / 4}, []time.Duration{quick, asleep, quick}, asleep, GiveUpEarly / 2, 11 * time.Second},
		{"little patience", Backoff{Patience: 200 * time.Millisecond}, []time.Duration{quick, asleep, quick}, asleep, 100 * time.Millisecond, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, took := tryFor(t, &tt.b, tt.attempts...)
				if awake := took - tt.asleep; awake < tt.least || awake > tt.most {
					t.Errorf("after %d attempts it gave up, %v awake, not %v to %v", n, awake, tt.least, tt.most)
				}
			})
		})
	}
}

// Time that a request waits for its turn is excused, before the first Wait and after it,
// and progress starts everything again.
func TestPatienceExcusesAndForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := Backoff{Patience: time.Minute, Limit: 15 * time.Second}
		for range 100 {
			asked := time.Now()
			time.Sleep(10 * time.Second)
			b.Excuse(asked)
			if b.awake.spent > 30*time.Second || !b.Wait(t.Context()) {
				break
			}
		}
		if b.awake.spent > time.Minute || b.awake.spent < 30*time.Second {
			t.Errorf("%v count, of delays alone", b.awake.spent)
		}
		b.Progress()
		if !b.Fresh() || b.Patience != time.Minute || b.Limit != 15*time.Second {
			t.Errorf("after progress: %+v", b)
		}
	})
}

// Refusals go on for GiveUpEarly awake, by whatever code, and an answer forgets them.
func TestRenewalIsBounded(t *testing.T) {
	for _, code := range []string{"ExpiredTokenException", "ExpiredToken", "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "AuthFailure", "RequestTimeTooSkewed"} {
		synctest.Test(t, func(t *testing.T) {
			err := &smithy.GenericAPIError{Code: code}
			var c Renewal
			began := time.Now()
			n := 0
			for c.Try(err) && n < 1000 {
				n++
				time.Sleep(100 * time.Millisecond)
				if n == 20 {
					time.Sleep(10 * time.Minute)
				}
			}
			if awake := time.Since(began) - 10*time.Minute; awake < GiveUpEarly/2 || awake > 2*GiveUpEarly {
				t.Errorf("%s: over after %d refusals, %v awake", code, n, awake)
			}
			c.Accepted()
			if !c.Try(err) {
				t.Errorf("%s: an answer in between is forgotten", code)
			}
		})
	}
	for _, code := range []string{"AccessDeniedException", "UnrecognizedClientException", "IncompleteSignatureException", "ThrottlingException", ""} {
		if (&Renewal{}).Try(&smithy.GenericAPIError{Code: code}) {
			t.Errorf("%s: another signature helps", code)
		}
	}
	if !(&Renewal{}).Try(skewed{&smithy.GenericAPIError{Code: "AccessDeniedException"}}) {
		t.Error("the SDK has corrected its clock, and nobody tries again")
	}
}

// A skewed is what the SDK makes of an error for which its clock was to blame.
type skewed struct{ error }

func (e skewed) Unwrap() error        { return e.error }
func (e skewed) RetryableError() bool { return true }

// RetryTransient goes on over a suspension between its attempts.
func TestRetryTransientAsleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		err := RetryTransient(t.Context(), GiveUpEarly, nil, func(context.Context) error {
			switch n++; n {
			case 1, 3, 4:
				return &smithy.GenericAPIError{Code: "ThrottlingException"}
			case 2:
				time.Sleep(10 * time.Minute) // and its context has ended by then
				return context.DeadlineExceeded
			}
			return nil
		})
		if err != nil || n != 5 {
			t.Errorf("%d attempts: %v", n, err)
		}
	})
}
