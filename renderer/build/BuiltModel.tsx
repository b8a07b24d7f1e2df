import { Group, SegmentedControl, SimpleGrid, Stack, Tabs, Text } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import type { Report } from '../../main/contract/index.ts';
import { LayerBars } from '../charts/LayerBars.tsx';
import { LinkedMemory } from '../charts/LinkedMemory.tsx';
import { MemoryMap } from '../charts/MemoryMap.tsx';
import { ModelGraph } from '../charts/ModelGraph.tsx';
import { Evaluated } from '../components/Evaluated.tsx';
import { Figure, known } from '../components/Figure.tsx';
import { useTranslation } from '../i18n/index.ts';
import { GeneratedCode } from './GeneratedCode.tsx';
import { layerTimesOf } from './layerTimes.ts';
import { heatKinds, heatOf, type HeatKind } from './heat.ts';
import { MemoryUse } from './MemoryUse.tsx';
import { PublishedPeers } from './PublishedPeers.tsx';
import { RunFiles } from './RunFiles.tsx';

interface ViewProps {
  readonly report: Report;
  /** By its name: the graph counts the model's operators, the board those that are left of them. */
  readonly layer: string | null;
  readonly onLayer: (name: string | null) => void;
}

/** Everything about one build, with one layer pointed out in all of it. */
export function BuiltModel({ report }: { readonly report: Report }): ReactNode {
  const { t, bytes, count, milliseconds, percent } = useTranslation();
  const [layer, setLayer] = useState<string | null>(null);
  const times = useMemo(() => layerTimesOf(report), [report]);
  const view = { report, layer, onLayer: setLayer };
  const { evaluation } = report;
  const agreement = evaluation?.agreement ?? report.agreement;
  const flash = report.linked.regions
    .filter(({ kind }) => kind === 'flash')
    .reduce((sum, region) => sum + region.usedBytes, 0);
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
        {evaluation && (
          <Figure
            label={t('figure.board')}
            value={percent(evaluation.accuracy)}
            note={t('build.right', { right: count(evaluation.correct), samples: count(evaluation.samples) })}
          />
        )}
        {agreement && (
          <Figure
            label={t('live.agreement')}
            value={`${count(agreement.equal)}/${count(agreement.compared)}`}
            note={agreement.differing.length === 0 ? t('live.agreement.how') : agreement.differing.join(', ')}
          />
        )}
      </SimpleGrid>
      {report.profile && (
        <Text size="sm" c="dimmed">
          {report.profile.method}
        </Text>
      )}
      <Tabs defaultValue={evaluation ? 'answers' : 'memory'} keepMounted={false}>
        <Tabs.List>
          {evaluation && <Tabs.Tab value="answers">{t('build.tab.answers')}</Tabs.Tab>}
          <Tabs.Tab value="memory">{t('build.tab.memory')}</Tabs.Tab>
          {times.length > 0 && <Tabs.Tab value="layers">{t('build.tab.layers')}</Tabs.Tab>}
          <Tabs.Tab value="graph">{t('build.tab.graph')}</Tabs.Tab>
          <Tabs.Tab value="code">{t('build.tab.code')}</Tabs.Tab>
          <Tabs.Tab value="files">{t('build.tab.files')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="answers" pt="md">
          {evaluation && <Evaluated evaluation={evaluation} />}
        </Tabs.Panel>
        <Tabs.Panel value="memory" pt="md">
          <Stack>
            <SimpleGrid cols={{ base: 1, lg: 2 }}>
              <MemoryMap memory={report.planned} />
              <LinkedMemory memory={report.linked} />
            </SimpleGrid>
            <MemoryUse report={report} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="layers" pt="md">
          <Stack>
            <LayerBars
              layers={times}
              estimated={report.profile?.estimated ?? true}
              selected={times.find(({ name }) => name === layer)?.index ?? null}
              onSelect={(index) => setLayer(times[index]?.name ?? null)}
            />
            <PublishedPeers report={report} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="graph" pt="md">
          <ColouredGraph {...view} />
        </Tabs.Panel>
        <Tabs.Panel value="code" pt="md">
          <GeneratedCode runId={report.runId} selected={layer} onSelect={setLayer} />
        </Tabs.Panel>
        <Tabs.Panel value="files" pt="md">
          <RunFiles runId={report.runId} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** The model's graph, coloured by what is asked for. */
function ColouredGraph({ report, layer, onLayer }: ViewProps): ReactNode {
  const { t, bytes, milliseconds, percent } = useTranslation();
  const measured = report.profile !== null;
  const [kind, setKind] = useState<HeatKind>(measured ? 'time' : 'memory');
  const heat = useMemo(() => heatOf(report, kind), [report, kind]);
  const show = { time: milliseconds, memory: bytes, error: percent }[kind];
  const most = Math.max(0, ...heat.values());
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Text size="sm">{t('build.colour')}</Text>
        <SegmentedControl
          size="xs"
          aria-label={t('build.colour')}
          value={kind}
          onChange={(value) => setKind(value as HeatKind)}
          data={heatKinds
            .filter((each) => measured || each === 'memory')
            .map((value) => ({ value, label: t(`build.colour.${value}`) }))}
        />
        <Text size="xs" c="dimmed">
          {measured ? t('build.colour.most', { value: show(most) }) : t('build.colour.none')}
        </Text>
      </Group>
      <ModelGraph
        model={report.model}
        heat={heat}
        formatHeat={show}
        selected={report.model.operators.find(({ name }) => name === layer)?.index ?? null}
        onSelect={(index) => onLayer(report.model.operators[index]?.name ?? null)}
      />
    </Stack>
  );
}
