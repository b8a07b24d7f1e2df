import { Autocomplete, Badge, Button, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { PathField } from '../components/PathField.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { CameraPicture } from '../media/CameraPicture.tsx';
import { openCamera, openMicrophone, type Camera, type Microphone } from '../media/devices.ts';
import { useDevice } from '../media/useDevice.ts';
import { useStudio } from '../state/studio.ts';
import { Taken } from './Taken.tsx';
import { useCapture, type Recording } from './useCapture.ts';

type Device = 'camera' | 'microphone';

/** Pictures of one press, one after the other: so the thing can be turned in between. */
const burst = 10;
const burstPauseMs = 200;
/** A recording is as long as the features that are made of it look at. */
const soundSeconds = 1;

/** Records pictures or sounds into a folder, class by class: a data set of one's own. */
export function Capture({ onUse }: { readonly onUse: (spec: string) => void }): ReactNode {
  const { t } = useTranslation();
  const [device, setDevice] = useState<Device | null>(null);
  const [folder, setFolder] = useState('');
  const [info] = useCall((client, signal) => client.call('system.info', {}, { signal }), []);
  const workspace = info.state === 'ready' ? info.value.workspace : null;
  useEffect(() => {
    if (workspace !== null) setFolder((now) => (now === '' ? `${workspace}/datasets/recorded` : now));
  }, [workspace]);
  return (
    <Card withBorder component="section" aria-label={t('capture.title')}>
      <Title order={2} size="h4" mb="sm">
        {t('capture.title')}
      </Title>
      <Group align="end" gap="sm">
        <PathField
          label={t('capture.folder')}
          description={t('capture.folder.help')}
          value={folder}
          onChange={setFolder}
          pattern={/^$/}
          folders
          extensions={[]}
        />
        {(['camera', 'microphone'] as const).map((name) => (
          <Button
            key={name}
            variant={device === name ? 'filled' : 'default'}
            aria-pressed={device === name}
            disabled={folder === ''}
            onClick={() => setDevice(device === name ? null : name)}
          >
            {t(device === name ? 'capture.stop' : `capture.${name}`)}
          </Button>
        ))}
      </Group>
      {device !== null && <Recorder key={`${device}-${folder}`} device={device} folder={folder} onUse={onUse} />}
    </Card>
  );
}

interface RecorderProps {
  readonly device: Device;
  readonly folder: string;
  readonly onUse: (spec: string) => void;
}

function Recorder({ device, folder, onUse }: RecorderProps): ReactNode {
  const { t, count } = useTranslation();
  const recording = useCapture(folder);
  const { classes, error, className, setClassName, busy } = recording;
  return (
    <Stack gap="sm" mt="md">
      <Autocomplete
        label={t('capture.class')}
        description={t('capture.class.help')}
        data={classes.map(({ name }) => name)}
        value={className}
        onChange={setClassName}
        w={300}
      />
      {error && <ErrorCard error={error} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        {device === 'camera' ? <FromCamera recording={recording} /> : <FromMicrophone recording={recording} />}
        <Stack gap="xs">
          <Title order={3} size="h5">
            {t('capture.counts')}
          </Title>
          <Group gap="xs" role="status" aria-label={t('capture.counts')}>
            {classes.map(({ name, count: taken }) => (
              <Badge
                key={name}
                variant="light"
                color="gray"
                tt="none"
                styles={{ label: { color: 'var(--mantine-color-text)' } }}
              >
                {name}: {count(taken)}
              </Badge>
            ))}
          </Group>
          <Taken recording={recording} sound={device === 'microphone'} />
          <Group>
            <Button disabled={classes.length < 2 || busy} onClick={() => onUse(folder)}>
              {t('capture.use')}
            </Button>
          </Group>
        </Stack>
      </SimpleGrid>
    </Stack>
  );
}

function FromCamera({ recording }: { readonly recording: Recording }): ReactNode {
  const { t } = useTranslation();
  const { device, error, again } = useDevice<Camera>(openCamera);
  const { className, busy, take } = recording;
  const fail = useStudio((state) => state.fail);
  const shoot = (camera: Camera, pictures: number): void => {
    const press = async function* (): AsyncGenerator<Uint8Array> {
      for (let taken = 0; taken < pictures; taken++) {
        if (taken > 0) await new Promise((resolve) => setTimeout(resolve, burstPauseMs));
        yield await camera.grab();
      }
    };
    take(press()).catch(fail);
  };
  return (
    <Stack gap="xs">
      {error && <ErrorCard error={error} action={{ label: t('try.again'), run: again }} />}
      {device === null && error === null && <Text role="status">{t('media.opening')}</Text>}
      {device && (
        <>
          <CameraPicture camera={device} />
          <Group gap="xs">
            <Button disabled={className === '' || busy} onClick={() => shoot(device, 1)}>
              {t('capture.take.picture')}
            </Button>
            <Button variant="default" disabled={className === '' || busy} onClick={() => shoot(device, burst)}>
              {t('capture.take.burst')}
            </Button>
          </Group>
          {className === '' && <Text size="sm">{t('capture.need-class')}</Text>}
        </>
      )}
    </Stack>
  );
}

function FromMicrophone({ recording }: { readonly recording: Recording }): ReactNode {
  const { t } = useTranslation();
  const { device, error, again } = useDevice<Microphone>(openMicrophone);
  const { className, busy, take } = recording;
  const fail = useStudio((state) => state.fail);
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (device === null) return undefined;
    const timer = setInterval(() => setLevel(device.level()), 100);
    return () => clearInterval(timer);
  }, [device]);
  const record = (microphone: Microphone): void => {
    const press = async function* (): AsyncGenerator<Uint8Array> {
      await new Promise((resolve) => setTimeout(resolve, 1000 * soundSeconds));
      yield microphone.last(soundSeconds);
    };
    take(press()).catch(fail);
  };
  return (
    <Stack gap="xs">
      {error && <ErrorCard error={error} action={{ label: t('try.again'), run: again }} />}
      {device === null && error === null && <Text role="status">{t('media.opening')}</Text>}
      {device && (
        <>
          <Progress value={100 * level} aria-label={t('media.level')} transitionDuration={80} />
          <Group gap="xs">
            <Button disabled={className === '' || busy} onClick={() => record(device)}>
              {t(busy ? 'capture.recording' : 'capture.take.sound')}
            </Button>
          </Group>
          {className === '' && <Text size="sm">{t('capture.need-class')}</Text>}
        </>
      )}
    </Stack>
  );
}
