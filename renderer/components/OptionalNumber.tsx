import { NumberInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { numberOf, useTyped } from './useTyped.ts';

/** A number that may be left out: null then. */
export type Optional = number | null;

interface OptionalNumberProps {
  readonly label: string;
  readonly description?: string;
  readonly value: Optional;
  readonly onChange: (value: Optional) => void;
  readonly min?: number;
  readonly decimals?: boolean;
  readonly disabled?: boolean;
  readonly width?: number;
}

/** A field for a number that may stay empty. */
export function OptionalNumber(props: OptionalNumberProps): ReactNode {
  const { label, description, value, onChange, min = 1, decimals = false, disabled = false, width = 180 } = props;
  const field = useTyped<Optional>(value, value ?? '', numberOf, onChange);
  return (
    <NumberInput
      label={label}
      description={description}
      {...field}
      min={min}
      allowDecimal={decimals}
      allowNegative={false}
      disabled={disabled}
      w={width}
    />
  );
}

/** `{ [name]: value }`, or nothing where there is none: how parameters that are absent are left out. */
export const given = <N extends string, T>(name: N, value: T | null): { readonly [key in N]?: T } =>
  value === null || value === '' ? {} : ({ [name]: value } as { readonly [key in N]: T });
