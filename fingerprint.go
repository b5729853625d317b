package dynsync

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// An aspect is a part of a job that must be the same for a checkpoint to be usable.
type aspect struct {
	name    string // as errors say it
	options []string
	rules   bool // it decides what becomes of an item that is read
	of      func(*factWriter, facts)
}

// facts are everything that a fingerprint covers.
type facts struct {
	t              *table
	keys           *wire.Keys
	ttl            string
	source, target *types.TableDescription // nil where they are not known
	sharers        []string                // tables of the job with the same destination
	version        string                  // of RulesVersion; fingerprintOf sets it
	share          share                   // set by fingerprintOf
	scheme         int                     // of pseudonyms
}

// aspects are in the order in which fingerprints and errors have them. Another
// number or order needs another version of checkpoints and run records.
//
// An option whose value changes which items are read, whether one may be written
// or what is written belongs to an aspect; every other one belongs to immaterial.
var aspects = [...]aspect{
	{
		name:    "the source table (another one, or a new one of the same name)",
		options: []string{"WithSource", "WithTable"},
		of: func(w *factWriter, f facts) {
			w.text(f.t.cfg.source)
			w.table(f.source)
		},
	},
	{
		name:    "the destination table (another one, a new one of the same name, or one that other tables of the job share)",
		options: []string{"WithDestination", "WithTable"},
		of: func(w *factWriter, f facts) {
			w.text(f.t.cfg.destination)
			w.table(f.target)
			w.texts(f.sharers)
		},
	},
	{
		name: "the key schema",
		of: func(w *factWriter, f facts) {
			w.text(f.keys.Partition)
			w.text(f.keys.Sort)
		},
	},
	{
		name:    "the condition of WithWhere or its parameters",
		options: []string{"WithWhere"},
		of: func(w *factWriter, f facts) {
			w.text(f.t.cfg.where)
			w.number(len(f.t.read.params))
			for _, p := range f.t.read.params {
				w.attributeValue(p)
			}
		},
	},
	{
		name:    "the index or the consistency of the reads",
		options: []string{"WithIndex", "WithConsistentRead"},
		of: func(w *factWriter, f facts) {
			w.text(f.t.cfg.index)
			w.flag(f.t.cfg.consistent)
		},
	},
	{
		name:    "the rules",
		options: []string{"WithTransform", "WithTransformKeys", "WithAllTables", "KeepShape", "AtLeast"},
		rules:   true,
		of: func(w *factWriter, f facts) {
			w.number(len(f.t.rules.rules))
			for _, r := range f.t.rules.rules {
				w.text(r.Text)
				w.flag(r.OnNames)
				w.transformer(r.t)
			}
		},
	},
	{
		name:    "the defaults",
		options: []string{"WithDefaultTransform", "WithAllTables", "KeepShape", "AtLeast"},
		rules:   true,
		of: func(w *factWriter, f facts) {
			for _, k := range defaultKinds {
				w.transformer(f.t.rules.defaults[k])
			}
		},
	},
	{
		name:    "the write mode or WithAllowExisting",
		options: []string{"WithMode", "WithAllowExisting"},
		of: func(w *factWriter, f facts) {
			w.number(int(f.t.cfg.mode))
			w.flag(f.t.cfg.allowExisting)
		},
	},
	{
		name:    "the TTL attribute",
		options: []string{"WithTTLAttribute"},
		rules:   true,
		of:      func(w *factWriter, f facts) { w.text(f.ttl) },
	},
	{
		name:    "the segments, the share of the job, the sample, the limit or the leaving out of expired items",
		options: []string{"WithSegments", "WithShare", "WithSample", "WithMaxItems", "WithoutExpired"},
		of: func(w *factWriter, f facts) {
			w.number(f.t.cfg.segments)
			w.number(f.share.i)
			w.number(f.share.n)
			w.text(strconv.FormatFloat(f.t.cfg.sample, 'g', -1, 64))
			w.text(strconv.FormatInt(f.t.cfg.limit, 10))
			w.flag(f.t.cfg.withoutExpired)
		},
	},
	{
		name:    "the version of RulesVersion, the filter or the record transform",
		options: []string{"RulesVersion", "WithFilter", "WithRecordTransform"},
		rules:   true,
		of: func(w *factWriter, f facts) {
			w.text(f.version)
			w.flag(f.t.cfg.filter != nil)
			w.flag(f.t.cfg.finish != nil)
		},
	},
	{
		name:    "what may not be written (WithLeakCheck)",
		options: []string{"WithLeakCheck", "LeakMinLength"},
		rules:   true,
		of: func(w *factWriter, f facts) {
			w.flag(f.t.cfg.leak.fails())
			if f.t.cfg.leak.fails() {
				w.number(f.t.cfg.leak.length())
			}
		},
	},
	{
		name:  schemeAspect,
		rules: true,
		of:    func(w *factWriter, f facts) { w.number(f.scheme) },
	},
}

// schemeAspect is the aspect that another release can change.
const schemeAspect = "the scheme of pseudonyms"

// aspectLen is the number of bytes of each aspect's MAC in a fingerprint.
const aspectLen = 16

// fingerprintOf returns the fingerprint of a job as hexadecimal digits: a MAC of each
// aspect. It reveals nothing without the job's key.
func (s *Syncer) fingerprintOf(f facts) string {
	f.version, f.share = s.cfg.checkpoint.rulesVersion, s.cfg.share
	sums := make([]byte, 0, len(aspects)*aspectLen)
	for i, a := range aspects {
		w := &factWriter{}
		w.text(f.t.cfg.name)
		a.of(w, f)
		mac := s.key.Mac(nil, "checkpoint/"+strconv.Itoa(i), w.b)
		sums = append(sums, mac[:aspectLen]...)
	}
	return hex.EncodeToString(sums)
}

// rulesIn returns, as hexadecimal digits, the part of a fingerprint that covers the
// rules. Tables and runs with the same part transform the same item in the same way.
func rulesIn(fingerprint string) string {
	h := sha256.New()
	for i, a := range aspects {
		if a.rules {
			h.Write([]byte(fingerprint[2*aspectLen*i : 2*aspectLen*(i+1)]))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:aspectLen])
}

// sameTables reports whether two fingerprints are of the same source and destination.
func sameTables(saved, job string) bool {
	const digits = 2 * 2 * aspectLen // of the first two aspects
	return len(saved) == len(job) && len(job) > digits && saved[:digits] == job[:digits]
}

// sameJob returns an error that says in which aspects two fingerprints differ. It is of the
// class Refused if the scheme of pseudonyms is among them.
func sameJob(saved, job string) error {
	if saved == job {
		return nil
	}
	const digits = 2 * aspectLen
	if len(saved) != len(job) || len(job) != digits*len(aspects) {
		return reason.Refuse(reason.Configuration, "the checkpoint belongs to another job; give this job its own store")
	}
	var differ []string
	for i, a := range aspects {
		if at := i * digits; saved[at:at+digits] != job[at:at+digits] {
			differ = append(differ, a.name)
		}
	}
	if slices.Contains(differ, schemeAspect) && !slices.Contains(differ, aspects[0].name) { // another key changes all
		return reason.Refuse(reason.Refused, "the checkpoint is of another scheme of pseudonyms than this release has, so that equal values can have other pseudonyms; finish the job with the release that began it, or give the checkpoint up by NewKey")
	}
	return reason.Refuse(reason.Configuration, "the checkpoint belongs to another job; changed: %s; resume the job as it was, or give this one its own store", strings.Join(differ, "; "))
}

// keyTagOf returns a part of a hash of what decides which item gets which key: the rules
// for key attributes, and the tables that share the destination. Without a key from the
// caller no rule changes keys, and the hash does not contain the rules.
func keyTagOf(key *pseudonym.Key, keySet bool, f facts) string {
	w := &factWriter{}
	w.texts(f.sharers)
	if keySet {
		w.flag(f.t.cfg.finish != nil)
		for _, rule := range f.t.rules.rules {
			if name, ok := rule.Pattern.Attribute(); ok && f.keys.Holds(name) && !rule.OnNames && rule.Op.Act != engine.Pass {
				w.text(name)
				w.transformer(rule.t)
			}
		}
	}
	return hex.EncodeToString(tagMac(key, keySet, w.b)[:keyTagLen])
}

const keyTagLen = 8

// tagMac returns a MAC under the caller's key, or a hash if there is none.
func tagMac(key *pseudonym.Key, keySet bool, facts []byte) []byte {
	if keySet {
		return key.Mac(nil, "key tag", facts)
	}
	sum := sha256.Sum256(facts)
	return sum[:]
}

// A factWriter writes facts so that different facts are different bytes.
type factWriter struct{ b []byte }

func (w *factWriter) number(n int) { w.b = binary.BigEndian.AppendUint64(w.b, uint64(n)) }

func (w *factWriter) text(s string) {
	w.number(len(s))
	w.b = append(w.b, s...)
}

func (w *factWriter) texts(all []string) {
	w.number(len(all))
	for _, s := range all {
		w.text(s)
	}
}

func (w *factWriter) flag(on bool) {
	n := 0
	if on {
		n = 1
	}
	w.number(n)
}

// table writes the facts that tell a table from another one of the same name.
func (w *factWriter) table(d *types.TableDescription) {
	if d == nil {
		d = &types.TableDescription{}
	}
	w.text(aws.ToString(d.TableArn))
	w.text(aws.ToString(d.TableId))
	w.flag(d.CreationDateTime != nil)
	if d.CreationDateTime != nil {
		w.text(strconv.FormatInt(d.CreationDateTime.UnixMilli(), 10))
	}
}

func (w *factWriter) attributeValue(v types.AttributeValue) {
	raw, err := rawapi.AppendAttributeValue(nil, v)
	w.flag(err == nil) // always true for the values of a statement
	w.text(string(raw))
}

// transformer writes the description of t and the transformers inside it.
func (w *factWriter) transformer(t Transformer) {
	w.flag(t != nil)
	if t == nil {
		return
	}
	d := describe(t)
	w.text(d.Name)
	w.text(d.Options)
	w.number(int(kindsOf(d.Kinds)))
	w.flag(d.TakesMissing)
	b, ok := t.(*builtin)
	if !ok {
		return
	}
	if v := b.constant; v.raw != nil {
		w.number(int(v.kind))
		w.text(string(v.raw))
	}
	w.number(len(b.inner))
	for _, inner := range b.inner {
		w.transformer(inner)
	}
}

// inEveryAspect are the options on which every aspect of a fingerprint depends. A
// checkpoint's header says which key and which table it is of, so that an error
// says it, too.
var inEveryAspect = []string{"WithKey", "WithKeyFrom", "WithEnvironment", "WithName"}

// immaterial has the options that are no part of a fingerprint, each with the
// reason why a job may go on under another value: it reads the same items, and the
// same becomes of them. A test checks that every option is here or in an aspect.
var immaterial = map[string]string{
	"WithWorkers":          "how fast, not what",
	"WithWriteConcurrency": "how fast, not what",
	"WithReadCapacity":     "how fast, not what",
	"WithWriteCapacity":    "how fast, not what",
	"WithDirectRequests":   "how a request is sent, not what is in it",
	"WithPageSize":         "how many items an answer has, not which",
	"WithShuffle":          "in which order items are written; of two on one key, which one wins is not determined anyway",
	"WithVouchedMiddleware": "whether items pass as bytes or as the SDK's types, with equal results by the caller's" +
		" promise that the step changes none",

	"WithMaxCapacity":    "when a run ends; the next one goes on there",
	"WithStopAfter":      "when a run ends; the next one goes on there",
	"WithTolerate":       "whether failed items are an error, at the end",
	"WithMaxFailures":    "when a run ends; the next one goes on there",
	"WithGiveUpAfter":    "for how long a request is tried; an item that is given up on is told or is the next run's",
	"WithMaxTrackedKeys": "how many keys a run remembers; with more it ends, and never writes one unseen",

	"Account":           "whether a table may be written to, not what",
	"Region":            "whether a table may be written to, not what",
	"NamePattern":       "whether a table may be written to, not what",
	"AnyDestination":    "whether a table may be written to, not what",
	"WithStreamRecords": "when a table ends; the next run goes on there",

	"WithAcceptedFindings": "how findings are told, not what is done",

	"WithLogger":      "where it is told, not what is done",
	"WithOnProgress":  "where it is told, not what is done",
	"WithOnFailure":   "where it is told; an error of the function ends the run, and the next one goes on there",
	"WithDeadLetters": "where it is told, not what is done",
	"InTheClear":      "how it is told, not what is done",
	"WholeItems":      "how much is told, not what is done",

	"Optional":        "whether a rule that matched nothing is told at the end",
	"AllowCollisions": "whether the preflight refuses the rule; one that passes it makes the same keys",

	"WithCheckpoint": "where the checkpoint is kept, not what of",
	"FreshFor":       "when a finished table is copied anew, as a whole",
	"StartOver":      "when a table is copied anew, as a whole",
	"NewKey":         "when a table is copied anew, as a whole; the key itself is in every aspect",
	"ScanResume":     "by which request the reading goes on, to the same items",
}
