import { Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';

export interface Action {
  readonly id: string;
  readonly label: string;
  readonly run: () => void;
}

interface PaletteProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly actions: readonly Action[];
}

/** Every letter of the query, in order, somewhere in the text. */
export function matches(query: string, text: string): boolean {
  let at = 0;
  const low = text.toLowerCase();
  for (const letter of query.toLowerCase().replace(/\s/g, '')) {
    at = low.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Ctrl+K: every action by name. */
export function Palette({ opened, onClose, actions }: PaletteProps): ReactNode {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = actions.filter(({ label }) => matches(query, label));
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const close = (): void => {
    setQuery('');
    setChosen(0);
    onClose();
  };
  const run = (action: Action | undefined): void => {
    if (!action) return;
    close();
    action.run();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
    else if (event.key === 'Enter') run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t('palette.title')}
      closeButtonProps={{ 'aria-label': t('palette.close') }}
      size="lg"
    >
      <TextInput
        data-autofocus
        aria-label={t('palette.search')}
        placeholder={t('palette.search')}
        value={query}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={found[at] ? `palette-${found[at].id}` : undefined}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <Stack
        gap={2}
        mt="sm"
        id="palette-list"
        role="listbox"
        aria-label={t('palette.title')}
        mah={320}
        style={{ overflowY: 'auto' }}
      >
        {found.map((action, i) => (
          <UnstyledButton
            key={action.id}
            id={`palette-${action.id}`}
            role="option"
            aria-selected={i === at}
            tabIndex={-1}
            p={6}
            onClick={() => run(action)}
            style={{ borderRadius: 6, background: i === at ? 'var(--mantine-color-default-hover)' : undefined }}
          >
            {action.label}
          </UnstyledButton>
        ))}
      </Stack>
      {found.length === 0 && <Text size="sm">{t('palette.nothing')}</Text>}
    </Modal>
  );
}
