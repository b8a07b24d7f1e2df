import { Button, Card, Code, Group, Select, SimpleGrid, Stack, Tabs, Text, Title } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { PlanChoice, Report } from '../../main/contract/index.ts';
import { LayerBars, type LayerTime } from '../charts/LayerBars.tsx';
import { LinkedMemory } from '../charts/LinkedMemory.tsx';
import { MemoryMap } from '../charts/MemoryMap.tsx';
import { ModelGraph } from '../charts/ModelGraph.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { Figure, known } from '../components/Figure.tsx';
import { PathField } from '../components/PathField.tsx';
import { RunHead } from '../components/RunHead.tsx';
import { RunReport } from '../components/RunPart.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';

/** From a model file to an image on a board, step by step; and what the engine made of it. */
export default function Build(): ReactNode {
  const { t } = useTranslation();
  const subject = useNavigation((state) => state.subject);
  const go = useNavigation((state) => state.go);
  const { client, boardId, boards, ports, fail } = useStudio();
  const opened = useNavigation((state) => state.model);
  const [model, setModel] = useState(opened ?? '');
  useEffect(() => {
    if (opened !== null) setModel(opened);
  }, [opened]);
  const [plan, setPlan] = useState<PlanChoice>('auto');
  const board = boards.find(({ id }) => id === boardId);
  const start = async (kind: 'build' | 'profile'): Promise<void> => {
    const common = { model, boardId, plan };
    const params = kind === 'build' ? { kind, ...common } : { kind, ...common, ...hardwareOf({ ports }, boardId) };
    const started = await client?.call('jobs.start', { params });
    if (started) go('build', started.runId);
  };
  return (
    <Stack gap="lg">
      <Card withBorder component="section" aria-label={t('build.title')}>
        <Title order={2} size="h4" mb="sm">
          {t('build.title')}
        </Title>
        <Group align="end" gap="sm">
          <PathField
            label={t('build.model')}
            value={model}
            onChange={setModel}
            pattern={/\.(tflite|onnx)$/i}
            extensions={['tflite', 'onnx']}
          />
          <Select
            label={t('build.plan')}
            data={(['auto', 'layers', 'stream'] as const).map((value) => ({ value, label: t(`plan.${value}`) }))}
            value={plan}
            onChange={(value) => value !== null && setPlan(value as PlanChoice)}
            allowDeselect={false}
            w={220}
          />
          <Button onClick={() => void start('profile').catch(fail)} disabled={model === ''}>
            {t('build.flash', { board: board?.name ?? boardId })}
          </Button>
          <Button variant="default" onClick={() => void start('build').catch(fail)} disabled={model === ''}>
            {t('build.only')}
          </Button>
        </Group>
      </Card>
      {model !== '' && subject === null && <Inspection path={model} />}
      {subject !== null && <BuildRun runId={subject} />}
    </Stack>
  );
}

function Inspection({ path }: { readonly path: string }): ReactNode {
  const { t, count, bytes } = useTranslation();
  const [loaded] = useCall((client, signal) => client.call('models.inspect', { path }, { signal }), [path]);
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed') return <ErrorCard error={loaded.error} />;
  const info = loaded.value;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('model.operators')} value={count(info.operators.length)} />
        <Figure label={t('layers.macs')} value={count(info.macs)} />
        <Figure label={t('model.parameters')} value={count(info.parameters)} />
        <Figure label={t('model.weights')} value={bytes(info.weightBytes)} />
      </SimpleGrid>
      <ModelGraph model={info} heat={null} selected={null} onSelect={() => undefined} />
    </Stack>
  );
}

function BuildRun({ runId }: { readonly runId: string }): ReactNode {
  const state = useStudio((s) => s.jobs.find((job) => job.runId === runId)?.state);
  return (
    <Stack>
      <RunHead runId={runId} />
      {state === undefined || state === 'done' ? (
        <RunReport runId={runId}>{(report) => <Built report={report} />}</RunReport>
      ) : null}
    </Stack>
  );
}

const timesOf = ({ profile }: Report): LayerTime[] =>
  (profile?.layers ?? []).map((layer) => ({
    index: layer.index,
    name: layer.name,
    kind: layer.kind,
    macs: layer.macs,
    milliseconds: (layer.microseconds ?? 0) / 1000,
    predictedMs: null,
  }));

/** Everything about one build, with one layer pointed out in all of it. */
function Built({ report }: { readonly report: Report }): ReactNode {
  const { t, bytes, milliseconds } = useTranslation();
  const [layer, setLayer] = useState<number | null>(null);
  const times = timesOf(report);
  const flash = report.linked.regions
    .filter(({ kind }) => kind === 'flash')
    .reduce((sum, region) => sum + region.usedBytes, 0);
  const heat = new Map(times.map(({ index, milliseconds: ms }) => [index, ms]));
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('figure.sram')} value={bytes(report.planned.sramBytes)} />
        <Figure label={t('figure.flash')} value={bytes(flash)} />
        <Figure
          label={t(report.profile?.estimated === false ? 'figure.latency' : 'figure.latency.estimated')}
          value={known(report.profile?.latencyMs, milliseconds)}
        />
        <Figure label={t('figure.stack')} value={known(report.profile?.stackBytes, bytes)} />
      </SimpleGrid>
      {report.profile && (
        <Text size="sm" c="dimmed">
          {report.profile.method}
        </Text>
      )}
      <Tabs defaultValue="memory" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="memory">{t('build.tab.memory')}</Tabs.Tab>
          {times.length > 0 && <Tabs.Tab value="layers">{t('build.tab.layers')}</Tabs.Tab>}
          <Tabs.Tab value="graph">{t('build.tab.graph')}</Tabs.Tab>
          <Tabs.Tab value="code">{t('build.tab.code')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="memory" pt="md">
          <SimpleGrid cols={{ base: 1, lg: 2 }}>
            <MemoryMap memory={report.planned} />
            <LinkedMemory memory={report.linked} />
          </SimpleGrid>
        </Tabs.Panel>
        <Tabs.Panel value="layers" pt="md">
          <LayerBars
            layers={times}
            estimated={report.profile?.estimated ?? true}
            selected={layer}
            onSelect={setLayer}
          />
        </Tabs.Panel>
        <Tabs.Panel value="graph" pt="md">
          <ModelGraph model={report.model} heat={heat.size > 0 ? heat : null} selected={layer} onSelect={setLayer} />
        </Tabs.Panel>
        <Tabs.Panel value="code" pt="md">
          <GeneratedCode runId={report.runId} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** The generated C, file by file. */
function GeneratedCode({ runId }: { readonly runId: string }): ReactNode {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const [run] = useCall((client, signal) => client.call('runs.get', { id: runId }, { signal }), [runId]);
  const files = run.state === 'ready' ? run.value.artefacts.filter(({ name }) => /\.(c|h)$/.test(name)) : [];
  const name = chosen ?? files.find(({ name: n }) => n.endsWith('model.h'))?.name ?? files[0]?.name ?? null;
  const [file] = useCall(
    async (client, signal) =>
      name === null
        ? ''
        : new TextDecoder().decode((await client.call('runs.artefact', { id: runId, name }, { signal })).bytes),
    [runId, name],
  );
  if (run.state === 'failed') return <ErrorCard error={run.error} />;
  if (name === null) return <Text>{t('build.code.none')}</Text>;
  return (
    <Stack gap="xs">
      <Select
        label={t('build.code.file')}
        data={files.map((f) => f.name)}
        value={name}
        onChange={setChosen}
        w={320}
        allowDeselect={false}
      />
      {file.state === 'ready' && (
        <Code block mah={560} style={{ overflow: 'auto' }} tabIndex={0} aria-label={name}>
          {file.value.slice(0, 400_000)}
        </Code>
      )}
      {file.state === 'failed' && <ErrorCard error={file.error} />}
    </Stack>
  );
}
