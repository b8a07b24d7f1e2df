import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import type { Camera } from './devices.ts';

/** The camera's picture as a mirror of what the network is shown; it is not mirrored itself. */
export function CameraPicture({ camera }: { readonly camera: Camera }): ReactNode {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = camera.stream;
  }, [camera]);
  return (
    <video
      ref={video}
      autoPlay
      muted
      playsInline
      aria-label={t('media.camera')}
      style={{ width: '100%', maxWidth: 480, borderRadius: 8, background: 'var(--chart-grid)' }}
    />
  );
}
