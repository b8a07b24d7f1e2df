import { useEffect, useMemo, type ReactNode } from 'react';

interface PixelsProps {
  readonly png: Uint8Array;
  readonly alt: string;
  /** Pixels of the page along each side. */
  readonly size: number;
}

/** A small picture, enlarged so that each of its pixels stays one. */
export function Pixels({ png, alt, size }: PixelsProps): ReactNode {
  const url = useMemo(() => URL.createObjectURL(new Blob([png.slice()], { type: 'image/png' })), [png]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <img src={url} alt={alt} width={size} height={size} style={{ objectFit: 'contain', imageRendering: 'pixelated' }} />
  );
}
