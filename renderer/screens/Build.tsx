import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { BuildForm } from '../build/BuildForm.tsx';
import { BuiltModel } from '../build/BuiltModel.tsx';
import { ModelGraph } from '../charts/ModelGraph.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { Figure } from '../components/Figure.tsx';
import { LastRuns } from '../components/LastRuns.tsx';
import { RunHead } from '../components/RunHead.tsx';
import { RunReport } from '../components/RunPart.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { liveJob, useStudio } from '../state/studio.ts';
import { AnswersSoFar } from '../train/AnswersSoFar.tsx';

/** From a model file to an image on a board, step by step; and what the engine made of it. */
export default function Build(): ReactNode {
  const { t } = useTranslation();
  const subject = useNavigation((state) => state.subject);
  const { model, chooseModel } = useNavigation();
  return (
    <Stack gap="lg">
      <BuildForm model={model} onModel={chooseModel} folded={subject !== null} />
      {model !== '' && subject === null && <Inspection path={model} />}
      {subject === null && (
        <LastRuns title={t('build.last')} kinds={['profile', 'build', 'evaluate']} none={t('build.none')} />
      )}
      {subject !== null && <BuildRun runId={subject} />}
    </Stack>
  );
}

function Inspection({ path }: { readonly path: string }): ReactNode {
  const { t, count, bytes } = useTranslation();
  const [chosen, setChosen] = useState<number | null>(null);
  const [loaded, again] = useCall((client, signal) => client.call('models.inspect', { path }, { signal }), [path]);
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  const info = loaded.value;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('model.operators')} value={count(info.operators.length)} />
        <Figure label={t('layers.macs')} value={count(info.macs)} />
        <Figure label={t('model.parameters')} value={count(info.parameters)} />
        <Figure label={t('model.weights')} value={bytes(info.weightBytes)} />
      </SimpleGrid>
      <ModelGraph model={info} heat={null} selected={chosen} onSelect={setChosen} />
    </Stack>
  );
}

function BuildRun({ runId }: { readonly runId: string }): ReactNode {
  const version = useStudio((state) => state.runsVersion);
  const { answers } = useStudio((state) => liveJob(state, runId));
  const [run] = useCall((client, signal) => client.call('runs.get', { id: runId }, { signal }), [runId], version);
  const done = run.state === 'ready' && run.value.id === runId && run.value.state === 'done';
  return (
    <Stack>
      <RunHead runId={runId} />
      {!done && answers.done > 0 && <AnswersSoFar runId={runId} answers={answers} />}
      {done && <RunReport runId={runId}>{(report) => <BuiltModel key={report.runId} report={report} />}</RunReport>}
    </Stack>
  );
}
