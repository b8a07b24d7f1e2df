import { Alert, Button, Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { DatasetReport } from '../../main/contract/index.ts';
import { Figure } from '../components/Figure.tsx';
import { PathField } from '../components/PathField.tsx';
import { TaskView } from '../components/TaskView.tsx';
import { useTask } from '../components/useTask.ts';
import { Capture } from '../data/Capture.tsx';
import { explained } from '../help/explained.ts';
import { useTranslation, type Translation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';
import { SampleGrid } from './SampleGrid.tsx';

/** A dataset before anything is trained on it: what was found, how it is split, what is wrong with it. */
export default function Data(): ReactNode {
  const { t } = useTranslation();
  const { dataset, chooseDataset } = useStudio();
  const [typed, setTyped] = useState(dataset);
  const [looking, setLooking] = useState<string | null>(null);
  /** Counts the looks: the same folder may have changed since the last, or that was stopped. */
  const [round, setRound] = useState(0);
  const look = (spec: string): void => {
    setLooking(spec);
    setRound(round + 1);
    chooseDataset(spec);
  };
  return (
    <Stack gap="lg">
      <Card withBorder component="section" aria-label={t('data.title')}>
        <Title order={2} size="h4" mb="sm">
          {t('data.title')}
        </Title>
        <Group align="end" gap="sm">
          <PathField
            label={t('train.dataset')}
            description={t('train.dataset.help')}
            value={typed}
            onChange={setTyped}
            pattern={/\.(zip|csv|bin|gz|wav|png|jpe?g)$/i}
            folders
            extensions={['zip', 'csv']}
          />
          <Button onClick={() => look(typed)} disabled={typed === ''}>
            {t('data.look')}
          </Button>
        </Group>
      </Card>
      <Capture
        onUse={(spec) => {
          setTyped(spec);
          look(spec);
        }}
      />
      {looking !== null && <Inspected key={`${looking} ${round}`} spec={looking} />}
    </Stack>
  );
}

/** Mounted anew for each look. */
function Inspected({ spec }: { readonly spec: string }): ReactNode {
  const client = useStudio((state) => state.client);
  const looking = useTask<DatasetReport>();
  const look = (): void => looking.start((service, call) => service.call('datasets.inspect', { spec }, call));
  useEffect(look, [client]);
  const { task } = looking;
  if (task.state !== 'done') return <TaskView of={looking} again={look} done={() => null} />;
  return <Found spec={spec} report={task.value} />;
}

/** Classes this many times apart are said to be out of balance. */
const muchImbalance = 3;

function Found({ spec, report }: { readonly spec: string; readonly report: DatasetReport }): ReactNode {
  const translation = useTranslation();
  const { t, count } = translation;
  const go = useNavigation((state) => state.go);
  const { shape, classes, imbalance } = report;
  const samples = classes.reduce((sum, { train, validation, test }) => sum + train + validation + test, 0);
  return (
    <Stack gap="lg">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {report.name}
        </Title>
        <Group gap="xs">
          <Button onClick={() => go('train')}>{t('data.train')}</Button>
          <Button variant="default" onClick={() => go('search')}>
            {t('data.search')}
          </Button>
        </Group>
      </Group>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('data.samples')} value={count(samples)} />
        <Figure label={t('data.classes')} value={count(classes.length)} />
        <Figure label={t('data.shape')} value={`${shape.height} × ${shape.width} × ${shape.channels}`} />
        <Figure label={t('data.duplicates')} value={count(report.duplicates)} />
      </SimpleGrid>
      {imbalance >= muchImbalance && <Warning text={t('data.imbalance', { factor: count(imbalance) })} />}
      {report.warnings.map((warning) => (
        <Warning key={warning.code + warning.message} {...warningSaid(warning, report, translation)} />
      ))}
      {report.contradictions > 0 && <Warning text={t('data.contradictions', { count: report.contradictions })} />}
      <Classes report={report} />
      <Broken report={report} />
      <SampleGrid spec={spec} classes={classes.map(({ name }) => name)} />
      <Card withBorder component="section" aria-label={t('data.how')}>
        <Title order={3} size="h5">
          {t('data.how')}
        </Title>
        {[...report.found, report.splits.train, report.splits.validation, report.splits.test].map((sentence, i) => (
          <Text key={i} size="sm" lang="en">
            {sentence}
          </Text>
        ))}
      </Card>
    </Stack>
  );
}

interface WarningProps {
  readonly text: string;
  /** The service's own words, where they are in another language. */
  readonly original?: string | null;
}

function Warning({ text, original = null }: WarningProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Alert color="yellow" variant="light" role="note">
      <Text size="sm" c="var(--mantine-color-text)">
        {text}
      </Text>
      {original !== null && (
        <Text size="xs" c="var(--mantine-color-text)">
          {t('error.original')} <span lang="en">{original}</span>
        </Text>
      )}
    </Alert>
  );
}

/** A warning in the window's language, with the service's words below, for they name the classes. */
function warningSaid(
  { code, message }: DatasetReport['warnings'][number],
  { brokenCount }: DatasetReport,
  { t, language, count }: Translation,
): WarningProps {
  // The code also means an error, of which the help speaks.
  if (code === 'dataset.broken-samples') return { text: t('data.broken', { count: count(brokenCount) }) };
  const { cause, remedy, original } = explained({ code, message, remedy: '', details: {} }, language);
  return { text: `${cause} ${remedy}`.trim(), original };
}

function Classes({ report }: { readonly report: DatasetReport }): ReactNode {
  const { t, count } = useTranslation();
  const largest = Math.max(1, ...report.classes.map(({ train }) => train));
  return (
    <Card withBorder component="section" aria-label={t('data.classes')}>
      <Table.ScrollContainer minWidth={0} maxHeight={360} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('data.class')}</Table.Th>
              <Table.Th>{t('data.share')}</Table.Th>
              <Table.Th ta="right">{t('split.train')}</Table.Th>
              <Table.Th ta="right">{t('split.validation')}</Table.Th>
              <Table.Th ta="right">{t('split.test')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {report.classes.map(({ name, train, validation, test }) => (
              <Table.Tr key={name}>
                <Table.Th scope="row">{name}</Table.Th>
                <Table.Td w="40%">
                  <svg width="100%" height={10} aria-hidden="true">
                    <rect width={`${(100 * train) / largest}%`} height={10} rx={2} fill="var(--chart-series-1)" />
                  </svg>
                </Table.Td>
                <Table.Td ta="right">{count(train)}</Table.Td>
                <Table.Td ta="right">{count(validation)}</Table.Td>
                <Table.Td ta="right">{count(test)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

/** Files that could not be read, each with why. The rest is used. */
function Broken({ report }: { readonly report: DatasetReport }): ReactNode {
  const { t, language, count } = useTranslation();
  if (report.brokenCount === 0) return null;
  const title = t('data.broken', { count: count(report.brokenCount) });
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Stack gap={2} mah={240} style={{ overflowY: 'auto' }} tabIndex={0} role="region" aria-label={t('data.files')}>
        {report.broken.map(({ id, code, reason }) => (
          <Text key={id} size="sm" title={reason}>
            <span style={{ fontFamily: 'var(--mantine-font-family-monospace)' }}>{id}</span>:{' '}
            {explained({ code, message: reason, remedy: '', details: {} }, language).cause}
          </Text>
        ))}
      </Stack>
    </Card>
  );
}
