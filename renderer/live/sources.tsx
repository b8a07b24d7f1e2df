import { Box, Button, FileButton, Group, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState, type DragEvent, type ReactNode } from 'react';
import {
  mostFrameBytes,
  toErrorReport,
  type ErrorReport,
  type LiveFrame,
  type LiveInfo,
  type LiveResult,
} from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { CameraPicture } from '../media/CameraPicture.tsx';
import { openCamera, openMicrophone, type Camera, type Microphone } from '../media/devices.ts';
import { useDevice } from '../media/useDevice.ts';
import type { Live } from './useLive.ts';

export interface SourceProps {
  readonly info: LiveInfo;
  readonly infer: Live['infer'];
  readonly onResult: (result: LiveResult) => void;
  readonly onError: (thrown: unknown) => void;
  /** The board is away: nothing is shown to it until it is back. */
  readonly away: boolean;
}

/** Between two frames at least: more is seen by nobody, and leaves the computer no time for anything else. */
const leastPauseMs = 60;
const soundPauseMs = 250;
/** A frame that failed is not followed by the next at once. */
const failedPauseMs = 1000;

/**
 * Shows frame after frame while the board is there, each when the one before was answered. `next` gives null when there
 * is nothing to show yet, and `end` when there will be nothing more.
 */
function useStream(
  { infer, onResult, away }: SourceProps,
  running: boolean,
  pauseMs: number,
  next: () => Promise<LiveFrame | null | 'end'>,
  onEnd: () => void = () => undefined,
): ErrorReport | null {
  const [error, setError] = useState<ErrorReport | null>(null);
  const latest = useRef({ infer, onResult, next, onEnd });
  latest.current = { infer, onResult, next, onEnd };
  useEffect(() => {
    if (!running || away) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const turn = async (): Promise<void> => {
      let pause = pauseMs;
      try {
        const frame = await latest.current.next();
        if (stopped) return;
        if (frame === 'end') return latest.current.onEnd();
        if (frame !== null) {
          const result = await latest.current.infer(frame);
          // The answer to the question of a source that is gone.
          if (stopped) return;
          setError(null);
          latest.current.onResult(result);
        }
      } catch (thrown) {
        if (stopped) return;
        setError(toErrorReport(thrown));
        pause = failedPauseMs;
      }
      timer = setTimeout(() => void turn(), pause);
    };
    void turn();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [running, away, pauseMs]);
  // While the board is away, the session itself says why.
  return away ? null : error;
}

/** What the camera sees, all the time. */
export function CameraSource(props: SourceProps): ReactNode {
  const { t } = useTranslation();
  const { device, error, again } = useDevice<Camera>(openCamera);
  const failed = useStream(props, device !== null, leastPauseMs, async () =>
    device === null ? null : { kind: 'file', bytes: await device.grab() },
  );
  return (
    <Stack gap="xs">
      {error && <ErrorCard error={error} action={{ label: t('try.again'), run: again }} />}
      {failed && <ErrorCard error={failed} />}
      {device && <CameraPicture camera={device} />}
      {device === null && error === null && <Text role="status">{t('media.opening')}</Text>}
    </Stack>
  );
}

/** What the microphone hears: its last second or so, several times a second. */
export function MicrophoneSource(props: SourceProps): ReactNode {
  const { t } = useTranslation();
  const { device, error, again } = useDevice<Microphone>(openMicrophone);
  const seconds = props.info.seconds ?? 1;
  const [level, setLevel] = useState(0);
  const failed = useStream(props, device !== null, soundPauseMs, async () => {
    if (device === null) return null;
    setLevel(device.level());
    return device.heardSeconds() < seconds ? null : { kind: 'file', bytes: device.last(seconds) };
  });
  return (
    <Stack gap="xs">
      {error && <ErrorCard error={error} action={{ label: t('try.again'), run: again }} />}
      {failed && <ErrorCard error={failed} />}
      {device === null && error === null && <Text role="status">{t('media.opening')}</Text>}
      {device && (
        <>
          <Text size="sm">{t('live.listening', { seconds: seconds.toFixed(1) })}</Text>
          <Progress value={100 * level} aria-label={t('media.level')} transitionDuration={100} />
        </>
      )}
    </Stack>
  );
}

/** Files that are dropped or chosen, one answer each. */
export function FileSource(props: SourceProps): ReactNode {
  const { t, bytes: inWords } = useTranslation();
  const { info, infer, onResult } = props;
  const [error, setError] = useState<ErrorReport | null>(null);
  const [over, setOver] = useState(false);
  const [name, setName] = useState('');
  const show = async (files: readonly File[]): Promise<void> => {
    setError(null);
    for (const file of files) {
      setName(file.name);
      if (file.size > mostFrameBytes) return setError(tooLarge(file.name, inWords(file.size), inWords(mostFrameBytes)));
      try {
        onResult(await infer({ kind: 'file', bytes: new Uint8Array(await file.arrayBuffer()) }));
      } catch (thrown) {
        return setError(toErrorReport(thrown));
      }
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void show([...event.dataTransfer.files]);
  };
  return (
    <Stack gap="xs">
      <Box
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        p="xl"
        style={{
          border: `2px dashed ${over ? 'var(--chart-series-1)' : 'var(--chart-muted)'}`,
          borderRadius: 8,
          textAlign: 'center',
        }}
      >
        <Stack align="center" gap="xs">
          <Text size="sm">{t(info.kind === 'audio' ? 'live.drop.audio' : 'live.drop.images')}</Text>
          <FileButton
            multiple
            onChange={(files) => void show(files)}
            accept={info.kind === 'audio' ? '.wav' : 'image/png,image/jpeg,image/webp,image/gif,image/bmp'}
          >
            {(button) => <Button {...button}>{t('live.choose-files')}</Button>}
          </FileButton>
          {name !== '' && (
            <Text size="xs" ff="monospace">
              {name}
            </Text>
          )}
        </Stack>
      </Box>
      {error && <ErrorCard error={error} />}
    </Stack>
  );
}

const tooLarge = (name: string, size: string, most: string): ErrorReport => ({
  code: 'live.file-too-large',
  message: `${name} has ${size}; ${most} is the most that is shown to a board.`,
  remedy: 'Show a smaller picture, or a shorter recording.',
  details: { name },
});

/** The dataset's test samples, one after the other: what the board makes of each, and how often it is right. */
export function DatasetSource({ spec, ...props }: SourceProps & { readonly spec: string }): ReactNode {
  const { t, count } = useTranslation();
  const [going, setGoing] = useState(true);
  const place = useRef(0);
  const [shown, setShown] = useState(0);
  const [loaded] = useCall(
    (client, signal) => client.call('datasets.samples', { spec, split: 'test', offset: 0, limit: 1 }, { signal }),
    [spec],
  );
  const total = loaded.state === 'ready' ? loaded.value.total : 0;
  const onResult = (result: LiveResult): void => {
    // Only now is it done: what failed on the way is shown again.
    place.current++;
    props.onResult(result);
  };
  const failed = useStream(
    { ...props, onResult },
    going && total > 0,
    0,
    async () => (place.current < total ? { kind: 'sample', split: 'test', index: place.current } : 'end'),
    () => setGoing(false),
  );
  useEffect(() => {
    const timer = setInterval(() => setShown(place.current), 200);
    return () => clearInterval(timer);
  }, []);
  return (
    <Stack gap="xs">
      {loaded.state === 'loading' && <Text role="status">{t('loading')}</Text>}
      {loaded.state === 'failed' && <ErrorCard error={loaded.error} />}
      {failed && <ErrorCard error={failed} />}
      {total > 0 && (
        <>
          <Text size="sm">{t('live.test-samples', { done: count(shown), total: count(total) })}</Text>
          <Progress value={(100 * shown) / total} aria-label={t('job.progress')} />
          <Group gap="xs">
            <Button variant="default" onClick={() => setGoing(!going)} disabled={shown >= total}>
              {t(going ? 'live.pause' : 'live.go-on')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
