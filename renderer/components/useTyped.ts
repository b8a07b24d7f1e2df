import { useState } from 'react';

/** What a field for numbers hands over: a number, or a text that is none yet, such as `12.` on the way to 12.5. */
export type Typed = number | string;

/** The number of what was typed; null where it is none. */
export const numberOf = (typed: Typed): number | null =>
  typed === '' || Number.isNaN(Number(typed)) ? null : Number(typed);

interface TypedField {
  readonly value: Typed;
  readonly onChange: (typed: Typed) => void;
}

/**
 * Lets stand in a field what was typed, for as long as the value is the one that was meant by it.
 *
 * @param shown the value as the field shows it where nobody typed it
 * @param meant what is meant by what was typed
 */
export function useTyped<V>(
  value: V,
  shown: Typed,
  meant: (typed: Typed) => V,
  onChange: (value: V) => void,
): TypedField {
  const [last, setLast] = useState<{ readonly typed: Typed; readonly value: V } | null>(null);
  return {
    value: last !== null && last.value === value ? last.typed : shown,
    onChange: (typed) => {
      const next = meant(typed);
      setLast({ typed, value: next });
      if (next !== value) onChange(next);
    },
  };
}
