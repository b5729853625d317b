package dynsync

// inEveryAspect are the options on which every aspect of a fingerprint depends. A
// checkpoint's header says which key and which table it is of, so that an error
// says it, too.
var inEveryAspect = []string{"WithKey", "WithName"}

// immaterial has the options that are no part of a fingerprint, each with the
// reason why a job may go on under another value: it reads the same items, and the
// same becomes of them. A test holds that every option stands here or in an aspect.
var immaterial = map[string]string{
	"WithWorkers":          "how fast, not what",
	"WithWriteConcurrency": "how fast, not what",
	"WithReadLimit":        "how fast, not what",
	"WithWriteLimit":       "how fast, not what",
	"WithDirectRequests":   "how a request is sent, not what is in it",
	"WithPageSize":         "how many items an answer has, not which",
	"WithShuffle":          "in which order items are written; of two on one key, which one wins is not determined anyway",
	"WithVouchedMiddleware": "whether items pass as bytes or as the SDK's types, with equal results by the caller's" +
		" promise that the step changes none",

	"WithBudget":         "when a run ends; the next one goes on there",
	"WithMaxFailures":    "when a run ends; the next one goes on there",
	"WithGiveUpAfter":    "for how long a request is tried; an item that is given up on is told or is the next run's",
	"WithMaxTrackedKeys": "how many keys a run remembers; with more it ends, and never writes one unseen",

	"WithLogger":                    "where it is told, not what is done",
	"WithProgress":                  "where it is told, not what is done",
	"WithOnFailure":                 "where it is told; an error of the function ends the run, and the next one goes on there",
	"WithDeadLetters":               "where it is told, not what is done",
	"InTheClear":                    "how it is told, not what is done",
	"WithPersonalDataInDeadLetters": "how much is told, not what is done",

	"Optional":        "whether a rule that matched nothing is told at the end",
	"AllowCollisions": "whether the preflight refuses the rule; one that passes it makes the same keys",

	"WithCheckpoint": "where the checkpoint is kept, not what of",
	"FreshFor":       "when a finished table is copied anew, as a whole",
	"StartOver":      "when a table is copied anew, as a whole",
	"NewKey":         "when a table is copied anew, as a whole; the key itself is in every aspect",
	"WithScanResume": "by which request the reading goes on, to the same items",
}
