package script

// absent has names of browsers and of Node.js, and of other tools' scripts, with what to
// do where there is no such thing.
var absent = map[string]string{
	"value": "; script.Generate makes a value of nothing but record",
	"input": "; the item is record", "item": "; the item is record", "row": "; the item is record", "doc": "; the item is record", "event": "; the item is record",

	"console": "; a script prints nothing: remove it", "alert": "; a script prints nothing: remove it", "print": "; a script prints nothing: remove it",
	"require": noModules, "module": noModules, "exports": noModules, "__dirname": noModules, "__filename": noModules,
	"process": "; a script has no environment: build its text in Go of what it needs",
	"fetch":   noNetwork, "XMLHttpRequest": noNetwork, "WebSocket": noNetwork, "Request": noNetwork, "Response": noNetwork,
	"setTimeout": notLater, "setInterval": notLater, "setImmediate": notLater, "queueMicrotask": notLater, "clearTimeout": notLater, "Promise": notLater,
	"window": noBrowser, "document": noBrowser, "navigator": noBrowser, "location": noBrowser, "localStorage": noBrowser, "sessionStorage": noBrowser,
	"self": "; write globalThis", "global": "; write globalThis",

	"btoa": noEncoding, "atob": noEncoding, "Buffer": noEncoding, "TextEncoder": noEncoding, "TextDecoder": noEncoding, "URL": noEncoding, "URLSearchParams": noEncoding,
	"crypto":          "; a script has no hashes and no random bytes: use a function of dynsync, such as dynsync.token(value), or Math.random, which is keyed",
	"structuredClone": "; value and record are copies: change them, or use JSON.parse(JSON.stringify(…))",
	"performance":     "; a script has no clock", "Temporal": "; a script has no Temporal: use Date with arguments", "Intl": "; a script has no locales",
	"eval": notCompiled, "Function": notCompiled,
	"Proxy": notInSandbox, "WeakRef": notInSandbox, "FinalizationRegistry": notInSandbox, "SharedArrayBuffer": notInSandbox, "Atomics": notInSandbox, "DataView": notInSandbox,
	"Int8Array": onlyBytes, "Uint8ClampedArray": onlyBytes, "Int16Array": onlyBytes, "Uint16Array": onlyBytes, "Int32Array": onlyBytes, "Uint32Array": onlyBytes,
	"Float16Array": onlyBytes, "Float32Array": onlyBytes, "Float64Array": onlyBytes, "BigInt64Array": onlyBytes, "BigUint64Array": onlyBytes,

	"None": "; write null", "nil": "; write null", "True": "; write true", "False": "; write false", "len": "; write value.length", "str": "; write String(…)",
}

const (
	noModules    = "; a script loads no modules: copy what it needs into it, or use dynsync.Func"
	noNetwork    = "; a script reaches no network: use dynsync.Func"
	notLater     = "; a script ends when it returns: asynchronous code is not supported"
	noBrowser    = "; a script runs in no browser"
	noEncoding   = "; a script has no base64, no encodings of text and no URLs: write that in JavaScript, or use dynsync.Func"
	notCompiled  = "; a script compiles no code: write it in the script"
	notInSandbox = "; the sandbox has none"
	onlyBytes    = "; the sandbox has Uint8Array alone: use it, or an array"
)
