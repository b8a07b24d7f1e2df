import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Finding } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { saidFinding } from '../help/findings.ts';
import { useTranslation } from '../i18n/index.ts';

const colours: Record<Finding['state'], string> = { ok: 'green', warning: 'yellow', missing: 'red' };

/** What this computer lacks, found by trying it. */
export function Doctor(): ReactNode {
  const { t } = useTranslation();
  const [loaded, again] = useCall((client, signal) => client.call('doctor.check', {}, { signal }), []);
  return (
    <Card withBorder component="section" aria-label={t('doctor.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          {t('doctor.title')}
        </Title>
        <Button size="xs" variant="default" onClick={again}>
          {t('doctor.again')}
        </Button>
      </Group>
      {loaded.state === 'loading' && <Text role="status">{t('loading')}</Text>}
      {loaded.state === 'failed' && <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />}
      {loaded.state === 'ready' && (
        <Stack gap="xs">
          {loaded.value.map((finding) => (
            <FindingLine key={finding.id} finding={finding} />
          ))}
        </Stack>
      )}
    </Card>
  );
}

function FindingLine({ finding }: { readonly finding: Finding }): ReactNode {
  const { t, language } = useTranslation();
  const { title, detail, remedy, original } = saidFinding(finding, language);
  return (
    <Group align="start" wrap="nowrap">
      <Badge
        color={colours[finding.state]}
        variant="light"
        tt="none"
        w={110}
        style={{ flexShrink: 0 }}
        styles={{ label: { color: 'var(--mantine-color-text)' } }}
      >
        {t(`finding.${finding.state}`)}
      </Badge>
      <Stack gap={0} style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Text size="sm" fw={600}>
          {title} {finding.version ?? ''}
        </Text>
        {finding.path !== null && (
          <Text size="xs" ff="monospace">
            {finding.path}
          </Text>
        )}
        <Text size="sm">{detail}</Text>
        {remedy !== null && <Text size="sm">{remedy}</Text>}
        {original !== null && (
          <Text size="xs">
            {t('error.original')} <span lang="en">{original}</span>
          </Text>
        )}
      </Stack>
    </Group>
  );
}
