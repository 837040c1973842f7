'use strict';

const avro = require('avsc');
const fs = require('node:fs');
const path = require('node:path');

const HEADER_BYTES = 10;

// A long is a number where JavaScript's numbers are exact, and a BigInt where they are not: other programs draw ids of all 64 bits.
const long = avro.types.LongType.__with({
  fromBuffer: (bytes) => fromBigInt(bytes.readBigInt64LE()),
  toBuffer: (value) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    return bytes;
  },
  fromJSON: (value) => value,
  toJSON: (value) => value,
  isValid: (value) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
});

function fromBigInt(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Avro's single-object encoding by the files that `millrace schemas export DIR` wrote: each record is preceded by ten bytes, the
 * header, which say which schema it was written with.
 */
class Wire {
  constructor(directory) {
    this.headers = new Map();
    this.types = new Map();
    for (const line of fs.readFileSync(path.join(directory, 'headers.txt'), 'utf8').split('\n')) {
      if (line !== '' && !line.startsWith('#')) {
        const [header, name] = line.split(/\s+/);
        const schema = JSON.parse(fs.readFileSync(path.join(directory, `${name}.avsc`), 'utf8'));
        this.headers.set(name, Buffer.from(header, 'hex'));
        this.types.set(header, { name, type: avro.Type.forSchema(schema, { registry: { long } }) });
      }
    }
  }

  /** The bytes of a record; fields that are left out have their defaults. Throws if it does not fit its schema. */
  encode(name, record) {
    const header = this.headers.get(name);
    return Buffer.concat([header, this.types.get(hex(header)).type.toBuffer(record)]);
  }

  /** The record and its name; null if it was written with a schema that is not among the files, as by a newer scheduler. */
  decode(bytes) {
    const known = this.types.get(hex(bytes.subarray(0, HEADER_BYTES)));
    return known ? { name: known.name, record: known.type.fromBuffer(bytes.subarray(HEADER_BYTES)) } : null;
  }
}

function hex(bytes) {
  return bytes.toString('hex').toUpperCase();
}

module.exports = { Wire };
