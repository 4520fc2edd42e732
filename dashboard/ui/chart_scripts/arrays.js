// Arrays of numbers as they are sent: in base64, as single floats or as halves of a scale, with NaN for gaps.
const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer;
// What each half float is: not all browsers have arrays of them.
let halves;
const half = bits => {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023, sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
};
const unpacked = ({bdata, scale}) => {
  halves ??= Float32Array.from({length: 65536}, (_, bits) => half(bits));
  return Float32Array.from(new Uint16Array(bytesOf(bdata)), bits => halves[bits] * scale);
};

/** The numbers of an array as it was sent. */
export const numbers = array => {
  if (!array?.dtype) return array ?? [];
  if (!array.values) {
    array.values = array.dtype === "f2" ? unpacked(array) : new Float32Array(bytesOf(array.bdata));
    // What is unpacked is not kept twice.
    array.bdata = "";
  }
  return array.values;
};

/** An array whose numbers have moved to the left by some places, and have runs of new ones. */
export const moved = (before, {moved, length, runs, bdata, scale, ...rest}) => {
  const values = new Float32Array(length).fill(NaN), fresh = unpacked({bdata, scale});
  values.set(numbers(before).subarray(moved, moved + length));
  for (let pair = 0, taken = 0; pair < runs.length; pair += 2) {
    const [place, count] = runs.slice(pair, pair + 2);
    values.set(fresh.subarray(taken, taken += count), place);
  }
  return {...before, ...rest, bdata: "", values};
};
