import { Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';

export interface Action {
  readonly id: string;
  readonly label: string;
  readonly run: () => void;
  /** Where the focus belongs afterwards; absent: where it was. */
  readonly leadsTo?: 'screen' | 'drawer';
}

interface PaletteProps {
  readonly opened: boolean;
  /** With the action that was chosen; null where none was. */
  readonly onClose: (action: Action | null) => void;
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
  return (
    <Modal
      opened={opened}
      onClose={() => onClose(null)}
      title={t('palette.title')}
      closeButtonProps={{ 'aria-label': t('palette.close') }}
      size="lg"
      // There in the same turn as the keys that called it: whoever types on at once loses no letter to another field.
      transitionProps={{ duration: 0 }}
      // Where the focus goes then is the window's to say: an action may lead elsewhere.
      returnFocus={false}
    >
      {opened && <Choices actions={actions} onChoose={onClose} />}
    </Modal>
  );
}

interface ChoicesProps {
  readonly actions: readonly Action[];
  readonly onChoose: (action: Action) => void;
}

function Choices({ actions, onChoose }: ChoicesProps): ReactNode {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = actions.filter(({ label }) => matches(query, label));
  const at = Math.min(chosen, Math.max(0, found.length - 1));
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers give a promise, which is no way to undo an effect.
    void list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
    else if (event.key === 'Enter' && found[at] !== undefined) onChoose(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <TextInput
        autoFocus
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
        ref={list}
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
            onClick={() => onChoose(action)}
            style={{ borderRadius: 6, background: i === at ? 'var(--mantine-color-default-hover)' : undefined }}
          >
            {action.label}
          </UnstyledButton>
        ))}
      </Stack>
      {found.length === 0 && <Text size="sm">{t('palette.nothing')}</Text>}
    </>
  );
}
