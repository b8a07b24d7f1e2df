import { Alert, Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import type { ErrorReport } from '../../main/contract/index.ts';
import { explained, type Explained } from '../help/explained.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';

interface ErrorCardProps {
  readonly error: ErrorReport;
  /** Its sentences where the window itself has said them, in its language. */
  readonly said?: Explained;
  /** The one main action: usually to try again. */
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly onClose?: () => void;
}

/**
 * An error as every screen shows it: cause, remedy, code, one action, what was tried, and all of it to copy; in the window's
 * language, with the service's own words below where these are in another.
 */
export function ErrorCard({ error, said, action, onClose }: ErrorCardProps): ReactNode {
  const { t, language } = useTranslation();
  const { cause, remedy, original } = said ?? explained(error, language);
  const go = useNavigation((state) => state.go);
  const details = JSON.stringify(error, null, 2);
  const [open, setOpen] = useState(false);
  const id = useId();
  const tried = Object.entries(error.details);
  return (
    <Alert
      color="red"
      variant="light"
      title={cause}
      role="alert"
      withCloseButton={onClose !== undefined}
      closeButtonLabel={t('error.dismiss')}
      onClose={onClose}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      <Stack gap="xs">
        {remedy !== '' && (
          <Text size="sm" c="var(--mantine-color-text)">
            {remedy}
          </Text>
        )}
        {original !== null && (
          <Text size="xs" c="var(--mantine-color-text)" style={{ overflowWrap: 'anywhere' }}>
            {t('error.original')} <span lang="en">{original}</span>
          </Text>
        )}
        <Group gap="xs">
          {action && (
            <Button size="xs" onClick={action.run}>
              {action.label}
            </Button>
          )}
          {tried.length > 0 && (
            <Button size="xs" variant="default" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
              {t('error.tried')}
            </Button>
          )}
          <CopyButton value={details}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" onClick={copy}>
                {t(copied ? 'error.copied' : 'error.copy')}
              </Button>
            )}
          </CopyButton>
          <Button size="xs" variant="default" onClick={() => go('help', error.code)}>
            {t('error.help')}
          </Button>
          <Code>{error.code}</Code>
        </Group>
        <Code id={id} block hidden={!open} display={open ? undefined : 'none'} tabIndex={0} mah={200}>
          {tried
            .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
            .join('\n')}
        </Code>
      </Stack>
    </Alert>
  );
}
