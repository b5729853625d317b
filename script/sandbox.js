// The sandbox: what a script finds in its runtime. It takes away what reaches
// out or compiles code, bounds what could fill the memory or never end, gives
// dates no clock and no time zone, and freezes all there is.
(function (decimalText, refuse, notLarge, exceeds, nestsDeep, faithful, given) {
	'use strict';

	const maxLength = 1 << 20; // of an array that a built-in function walks
	const maxText = 1 << 22; // of what repeat and its like make, in characters
	const maxNesting = 500; // of what JSON.stringify walks

	const { apply, construct, ownKeys, getPrototypeOf, getOwnPropertyDescriptor: describe } = Reflect;
	const { defineProperty: define, freeze } = Object;
	const isArray = Array.isArray;

	// What only syntax reaches.
	const hidden = [
		function* () {}, async function () {}, [][Symbol.iterator](), ''[Symbol.iterator](),
		new Map()[Symbol.iterator](), new Set()[Symbol.iterator](), ''.matchAll(/x/g), getPrototypeOf(Uint8Array),
	].map(getPrototypeOf);

	for (const f of [Function.prototype, hidden[0], hidden[1]]) delete f.constructor;
	for (const name of ['for', 'keyFor']) delete Symbol[name];
	delete Object.prototype.__proto__;
	for (const name of ['keep', 'remove', 'skip']) {
		freeze(dynsync['sandbox ' + name]);
		delete dynsync['sandbox ' + name];
	}

	function put(owner, name, value) { define(owner, name, { value, writable: true, configurable: true, enumerable: false }); }

	// guard puts a check in front of a built-in function.
	function guard(owner, name, check) {
		const native = owner[name];
		if (typeof native !== 'function') return;
		const guarded = { [name](...args) { check(this, args); return apply(native, this, args); } }[name];
		define(guarded, 'length', { value: native.length });
		put(owner, name, guarded);
	}

	function short(a) { if (a !== null && a !== undefined && a.length > maxLength) refuse('size'); }
	function fits(n) { if (n > maxText) refuse('size'); }
	function textLength(x) { return typeof x === 'string' ? x.length : 0; }

	for (const name of ['concat', 'copyWithin', 'every', 'fill', 'filter', 'find', 'findIndex', 'findLast', 'findLastIndex', 'flatMap', 'forEach',
		'includes', 'indexOf', 'lastIndexOf', 'map', 'push', 'reduce', 'reduceRight', 'reverse', 'shift', 'slice', 'some', 'sort', 'splice',
		'toLocaleString', 'toReversed', 'toSorted', 'toSpliced', 'unshift', 'with']) guard(Array.prototype, name, short);
	guard(Array.prototype, 'join', (a, [separator]) => {
		short(a);
		let n = a.length * textLength(separator);
		fits(n);
		for (let i = 0; i < a.length; i++) n += textLength(a[i]);
		fits(n);
	});
	guard(Array.prototype, 'flat', (a, [depth]) => { short(a); if (depth > 32) refuse('size'); });
	guard(Array, 'from', (_, [list]) => short(list));
	guard(Function.prototype, 'apply', (_, [, list]) => short(list));
	guard(Reflect, 'apply', (_, [, , list]) => short(list));
	guard(Reflect, 'construct', (_, [, list]) => short(list));
	guard(String, 'raw', (_, [strings]) => short(strings && strings.raw));
	guard(String.prototype, 'repeat', (s, [n]) => fits(s.length * n));
	for (const name of ['padStart', 'padEnd']) guard(String.prototype, name, (_, [n]) => fits(n));
	for (const name of ['replace', 'replaceAll']) guard(String.prototype, name, (s, [, by]) => fits((s.length + 1) * textLength(by) / 16));
	for (const name of ['asIntN', 'asUintN']) guard(BigInt, name, (_, [bits]) => fits(bits));

	// bounded replaces a constructor by one that first checks what it is given.
	function bounded(Native, check) {
		const Bounded = { [Native.name]: function (...args) {
			check(args, new.target);
			return construct(Native, args, new.target || Bounded);
		} }[Native.name];
		define(Bounded, 'length', { value: Native.length });
		define(Bounded, 'prototype', { value: Native.prototype, writable: false });
		put(Native.prototype, 'constructor', Bounded);
		for (const key of ownKeys(Native)) {
			if (key !== 'prototype' && key !== 'length' && key !== 'name') define(Bounded, key, describe(Native, key));
		}
		Object.setPrototypeOf(Bounded, getPrototypeOf(Native));
		put(globalThis, Native.name, Bounded);
		return Bounded;
	}
	for (const Native of [Uint8Array, ArrayBuffer]) {
		bounded(Native, ([n], target) => {
			if (target === undefined) throw new TypeError(Native.name + ' needs new');
			if (n > maxText || n && n.length > maxText) refuse('size');
		});
	}
	const BoundedArray = bounded(Array, args => { if (args.length === 1 && typeof args[0] === 'number' && args[0] > maxLength) refuse('size'); });
	// No species lets the engine make the arrays of map and its like by itself.
	define(BoundedArray, Symbol.species, { get() { return this === BoundedArray ? undefined : this; } });
	for (const name of ['from', 'of']) guard(getPrototypeOf(Uint8Array), name, (_, [list]) => short(list));

	// Regular expressions that are made of text, or of another one with other flags, have
	// faithful patterns, as those in code; source tells what they were made of.
	const source = describe(RegExp.prototype, 'source').get;
	define(RegExp.prototype, 'source', { get() { return given(apply(source, this, [])); } });
	put(RegExp.prototype, 'toString', { toString() { return `/${this.source}/${this.flags}`; } }.toString);
	const FaithfulRegExp = bounded(RegExp, args => {
		const made = args[0] instanceof RegExp;
		const flags = args[1] !== undefined ? `${args[1]}` : made ? args[0].flags : '';
		const pattern = made ? args[0].source : args[0] === undefined ? '' : `${args[0]}`;
		args[0] = faithful(pattern, flags);
		args[1] = flags;
	});
	delete RegExp.prototype.compile;
	for (const [name, flags] of [['match', ''], ['matchAll', 'g'], ['search', '']]) {
		guard(String.prototype, name, (_, args) => {
			if (typeof args[0] === 'string') args[0] = new FaithfulRegExp(args[0], flags);
		});
	}
	// The engine's short ways replace every match of an expression with the flag u in
	// strings that are not ASCII, look beyond the place of one with y, and pass over an
	// empty match behind another. What is no RegExp itself goes the long way of the
	// specification.
	class LongWay extends FaithfulRegExp {}
	const exec = RegExp.prototype.exec;
	function shortWay(rx) {
		if (rx.sticky || !rx.global) return !rx.sticky && !rx.unicode;
		rx.lastIndex = 0;
		const empty = apply(exec, rx, ['']) !== null;
		rx.lastIndex = 0;
		return !empty;
	}
	for (const name of ['match', 'replace', 'replaceAll']) {
		const native = String.prototype[name];
		const faithfully = { [name](found, by) {
			if (!(found instanceof RegExp) || getPrototypeOf(found) !== RegExp.prototype || shortWay(found)) return apply(native, this, [found, by]);
			const long = new LongWay(found);
			long.lastIndex = found.lastIndex;
			const result = apply(native, this, [long, by]);
			found.lastIndex = long.lastIndex;
			return result;
		} }[name];
		define(faithfully, 'length', { value: native.length });
		put(String.prototype, name, faithfully);
	}
	// The engine's short way makes pieces of an empty match beside another match.
	put(RegExp.prototype, Symbol.split, { [Symbol.split](text, limit) {
		text = `${text}`;
		limit = limit === undefined ? 2 ** 32 - 1 : limit >>> 0;
		const parts = [], rx = new FaithfulRegExp(this.source, this.flags.replace(/[gy]/g, '') + 'g');
		if (limit === 0 || text === '' && apply(exec, rx, [text]) !== null) return parts;
		let from = 0;
		for (let match; text !== '' && (match = apply(exec, rx, [text])) !== null && match.index < text.length;) {
			const end = rx.lastIndex;
			if (end === from) {
				rx.lastIndex += rx.unicode && text.codePointAt(from) > 0xFFFF ? 2 : 1;
				continue;
			}
			match[0] = text.slice(from, match.index);
			for (const part of match) if (parts.push(part) === limit) return parts;
			from = end;
		}
		parts.push(text.slice(from));
		return parts;
	} }[Symbol.split]);
	// replaceAll of nothing never ends in strings that are not ASCII.
	guard(String.prototype, 'replaceAll', (_, args) => {
		if (args[0] instanceof RegExp) return;
		args[0] = `${args[0]}`;
		if (args[0] === '') args[0] = new FaithfulRegExp('', 'g');
	});

	const parseJSON = JSON.parse;
	put(JSON, 'parse', { parse(text, reviver) {
		text = `${text}`;
		if (nestsDeep(text)) refuse('size');
		return parseJSON(text, typeof reviver === 'function' ? reviver : undefined);
	} }.parse);

	// JSON.stringify walks by a function of JavaScript, which can be interrupted.
	const stringify = JSON.stringify;
	put(JSON, 'stringify', { stringify(value, replacer, space) {
		if (isArray(replacer)) {
			const names = new Set(replacer.map(String)), first = Symbol();
			let top = first;
			replacer = function (k, v) {
				if (top === first) { top = this; return v; }
				return isArray(this) || names.has(k) ? v : undefined;
			};
		}
		const depths = new Map();
		return stringify(value, function (k, v) {
			if (typeof replacer === 'function') v = apply(replacer, this, [k, v]);
			if (typeof v !== 'object' || v === null) return v;
			const depth = (depths.get(this) || 0) + 1;
			if (depth > maxNesting) refuse('size');
			depths.set(v, depth);
			if (isArray(v)) short(v);
			return v;
		}, space);
	} }.stringify);

	// Dates: no clock, and UTC for every zone that is not said.
	const Native = Date;
	function noClock() { refuse('clock'); }
	function parse(text) {
		text = String(text).trim();
		if (/^\d{4}-\d\d-\d\dT[\d:.,]+$/.test(text)) return Native.parse(text + 'Z');
		const said = /^[+-]?\d{4,6}(-\d\d){0,2}$/.test(text) || /(Z|GMT|UTC?|[ECMP][SD]T|[WCE]ES?T|[+-]\d\d:?\d\d)(\s*\(.*\))?$/i.test(text);
		return Native.parse(said ? text : text + ' UTC');
	}
	function UTCDate(...args) {
		if (new.target === undefined || args.length === 0) noClock();
		let [v] = args;
		if (args.length > 1) v = Native.UTC(...args);
		else if (typeof v === 'object' && v !== null && !(v instanceof Native)) v = v[Symbol.toPrimitive] ? +v : String(v);
		if (typeof v === 'string') v = parse(v);
		return construct(Native, [v], new.target);
	}
	define(UTCDate, 'name', { value: 'Date' });
	define(UTCDate, 'prototype', { value: Native.prototype, writable: false });
	put(UTCDate, 'UTC', Native.UTC);
	put(UTCDate, 'parse', { parse(text) { return parse(text); } }.parse);
	put(UTCDate, 'now', { now() { noClock(); } }.now);
	put(globalThis, 'Date', UTCDate);
	put(Native.prototype, 'constructor', UTCDate);
	for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds']) {
		for (const way of ['get', 'set']) {
			if (Native.prototype[way + 'UTC' + part]) put(Native.prototype, way + part, Native.prototype[way + 'UTC' + part]);
		}
	}
	put(Native.prototype, 'getTimezoneOffset', { getTimezoneOffset() { return 0; } }.getTimezoneOffset);
	put(Native.prototype, 'toString', Native.prototype.toUTCString);
	for (const name of ['getYear', 'setYear', 'toDateString', 'toTimeString', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']) {
		delete Native.prototype[name];
	}

	// Numbers that are neither a number nor a BigInt.
	class Decimal {
		toString() { return decimalText(this); }
		toJSON() { return decimalText(this); }
		[Symbol.toPrimitive](hint) {
			if (hint === 'string') return decimalText(this);
			refuse('decimal');
		}
	}
	delete Decimal.prototype.constructor;

	// overridable lets objects have members of their own by the names of frozen
	// ones that they inherit, as they can where nothing is frozen.
	function overridable(proto) {
		for (const key of ownKeys(proto)) {
			const { value, configurable, enumerable } = describe(proto, key);
			if (value === undefined || !configurable) continue;
			define(proto, key, {
				get() { return value; },
				set(own) {
					if (this === proto) refuse('frozen');
					define(this, key, { value: own, writable: true, enumerable: true, configurable: true });
				},
				enumerable, configurable: true,
			});
		}
	}
	overridable(Object.prototype);
	for (const E of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError]) overridable(E.prototype);

	// What operators are rewritten to. A BigInt is told by its own operands; what
	// is no primitive becomes one, once, as in the operator.
	function primitive(x) { return typeof x === 'object' && x !== null || typeof x === 'function' ? +x : x; }
	put(globalThis, 'sandbox bounded', notLarge);
	put(globalThis, 'sandbox power', (a, b) => {
		a = primitive(a); b = primitive(b);
		if (exceeds(a, b, false)) refuse('size');
		return a ** b;
	});
	put(globalThis, 'sandbox shift', (a, b) => {
		a = primitive(a); b = primitive(b);
		if (exceeds(a, b, true)) refuse('size');
		return a << b;
	});
	guard(String.prototype, 'concat', (s, parts) => { let n = s.length; for (const p of parts) n += textLength(p); fits(n); });

	// Freeze everything that can be reached.
	const queue = [globalThis, LongWay, Promise, Decimal.prototype, Native, ...hidden], seen = new Set();
	for (const name of ['eval', 'Function', 'Proxy', 'Promise', 'GoError', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'DataView',
		'Int8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array',
		'Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']) delete globalThis[name];
	while (queue.length > 0) {
		const o = queue.pop();
		if (typeof o !== 'object' && typeof o !== 'function' || o === null || seen.has(o)) continue;
		seen.add(o);
		for (const key of ownKeys(o)) {
			const { value, get, set } = describe(o, key);
			queue.push(value, get, set);
		}
		queue.push(getPrototypeOf(o));
		freeze(o);
	}
	return { decimals: Decimal.prototype, bytes: Uint8Array };
})
