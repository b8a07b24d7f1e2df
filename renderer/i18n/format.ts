/** Numbers as people read them, in the language of the window. Units are those of the contract. */
export interface Formats {
  readonly bytes: (bytes: number) => string;
  readonly percent: (share: number) => string;
  /** Percentage points, without their name. */
  readonly points: (share: number) => string;
  readonly milliseconds: (ms: number) => string;
  readonly count: (value: number) => string;
  /** With one digit behind the point. */
  readonly decimal: (value: number) => string;
  readonly duration: (ms: number) => string;
  /** A duration that is estimated, no finer than such are known. */
  readonly roughly: (ms: number) => string;
  readonly time: (epochMs: number) => string;
}

export function formatsFor(language: string): Formats {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const oneDigit = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumSignificantDigits: 3 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });

  const milliseconds = (ms: number): string => {
    if (ms >= 10_000) return `${oneDigit.format(ms / 1000)} s`;
    return ms >= 100
      ? `${whole.format(ms)} ms`
      : `${new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(ms)} ms`;
  };

  return {
    bytes(bytes) {
      if (Math.abs(bytes) < 1024) return `${whole.format(bytes)} B`;
      if (Math.abs(bytes) < 1024 * 1024) return `${oneDigit.format(bytes / 1024)} KB`;
      return `${oneDigit.format(bytes / 1024 / 1024)} MB`;
    },
    percent: (share) => percent.format(share),
    points: (share) => oneDigit.format(100 * share),
    milliseconds,
    count: (value) => (Math.abs(value) < 10_000 ? whole.format(value) : compact.format(value)),
    decimal: (value) => oneDigit.format(value),
    duration(ms) {
      const seconds = Math.round(ms / 1000);
      if (seconds < 60) return `${seconds} s`;
      const minutes = Math.floor(seconds / 60);
      if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
      return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    },
    roughly(ms) {
      const seconds = ms / 1000;
      if (seconds < 55) return `${Math.max(5, 5 * Math.round(seconds / 5))} s`;
      const minutes = Math.round(seconds / 60);
      return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    },
    time: (epochMs) => time.format(epochMs),
  };
}
