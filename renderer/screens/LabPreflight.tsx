import { Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import type { ErrorReport, LabMatrix, Preflight } from '../../main/contract/index.ts';
import { TaskView } from '../components/TaskView.tsx';
import { useTask } from '../components/useTask.ts';
import { explained, wholeStory } from '../help/explained.ts';
import { useTranslation, type Language, type Translation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';
import { LabGrid, type CellFace } from './LabGrid.tsx';

/** Whether each cell fits and what it is expected to take, before anything is built. Mounted anew for each look. */
export function LabPreflight({ matrix }: { readonly matrix: LabMatrix }): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const client = useStudio((state) => state.client);
  const checking = useTask<Preflight[]>();
  const check = (): void => checking.start((service, call) => service.call('lab.preflight', { matrix }, call));
  useEffect(check, [client]);
  const { task } = checking;
  if (task.state !== 'done')
    return <TaskView of={checking} again={check} done={() => null} waiting={t('lab.checking')} />;
  const looks = task.value;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        {t('lab.preflight')}
      </Title>
      <LabGrid
        label={t('lab.preflight')}
        matrix={matrix}
        faceOf={(index) => (looks[index] === undefined ? null : preflightFace(looks[index], translation))}
      />
      <Text size="xs" c="dimmed">
        {t('lab.preflight.note')}
      </Text>
    </Stack>
  );
}

/** How a cell looks that was only planned. */
export function preflightFace(look: Preflight, { t, language, bytes, milliseconds }: Translation): CellFace {
  const { fits, sramBytes, sramLimitBytes, flashBytes, flashLimitBytes, latencyMs, latencyFrom, error } = look;
  const figures = [
    latencyMs === null ? null : t(`lab.from.${latencyFrom}`, { value: milliseconds(latencyMs) }),
    sramBytes === null ? null : `SRAM ${t('lab.of', { used: bytes(sramBytes), limit: bytes(sramLimitBytes) })}`,
    flashBytes === null ? null : `Flash ${t('lab.of', { used: bytes(flashBytes), limit: bytes(flashLimitBytes) })}`,
  ].filter((text) => text !== null);
  const face = { tone: fits ? 'good' : 'bad', text: t(fits ? 'lab.fits' : 'lab.unfit') } as const;
  return error === null ? { ...face, more: figures.join(' · ') } : { ...face, ...faceOfError(error, language) };
}

/** What a cell says of an error. */
export function faceOfError(error: ErrorReport, language: Language): Pick<CellFace, 'more' | 'original' | 'title'> {
  const said = explained(error, language);
  return { more: said.cause, original: said.original, title: wholeStory(said) };
}
