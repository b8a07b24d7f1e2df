import type { Topic } from './topics.ts';

export const german: readonly Topic[] = [
  {
    section: 'steps',
    title: 'Ohne Board ausprobieren',
    text: 'Start, „Demo starten“: ein Netz wird mit hier gezeichneten Verkehrszeichen trainiert, gebaut und auf einem virtuellen Board ausgeführt. Zeiten virtueller Boards sind Schätzungen aus gezählten Befehlen und so gekennzeichnet.',
    code: 'mcunet demo',
  },
  {
    section: 'steps',
    title: 'Die eigenen Daten ansehen',
    text: 'Daten: einen Ordner nennen, der für jede Klasse einen Ordner mit Bildern oder Aufnahmen enthält, oder ein Zip davon. Anzahlen, Aufteilung, Ungleichgewicht und unlesbare Dateien werden gezeigt, bevor trainiert wird.',
  },
  {
    section: 'steps',
    title: 'Ein Netz suchen',
    text: 'Suche: Daten, Board und Minuten wählen. Die Grenzen beginnen bei dem, was das Board hat; zieh sie enger, wo auch dein eigenes Programm Speicher braucht. Längere Suchen finden bessere Netze.',
    code: 'mcunet search',
  },
  {
    section: 'steps',
    title: 'Ein Netz trainieren',
    text: 'Training: für Daten und Board wird ein Netz gemacht, trainiert, auf int8 quantisiert, gebaut und gemessen. Die Genauigkeit steht für float, für int8 und so da, wie das Board antwortete.',
    code: 'mcunet train',
  },
  {
    section: 'steps',
    title: 'Ein eigenes Modell bauen und messen',
    text: 'Bauen: eine .tflite-Datei mit Gewichten und Aktivierungen in int8 oder eine .onnx-Datei. Gezeigt werden Schichten, Speicher im Zeitverlauf, erzeugtes C und was jede Schicht auf dem Board kostet.',
    code: 'mcunet profile',
  },
  {
    section: 'boards',
    title: 'Virtuelle Boards',
    text: 'Sie brauchen kein Kabel: die Firmware läuft in einem Emulator auf diesem Rechner. Ergebnisse sind in jedem Byte gleich; Takte und Zeiten sind Schätzungen.',
  },
  {
    section: 'boards',
    title: 'Ein Board anstecken',
    text: 'Mit einem Datenkabel: viele Ladekabel haben keine Datenleitungen. Das Board erscheint nach wenigen Sekunden oben in der Liste unter „Angesteckt“.',
  },
  {
    section: 'boards',
    title: 'Rechte unter Linux',
    text: 'Vielleicht muss dein Benutzer die Probe oder die serielle Schnittstelle öffnen dürfen. Board, „Dieser Rechner“ sagt, welche Regel fehlt. Starte die App dafür nie als root.',
  },
  {
    section: 'boards',
    title: 'Ein anderes Programm hat das Board',
    text: 'Ein serieller Monitor, ein Debugger oder eine IDE hält Schnittstelle oder Probe: schließen und noch einmal versuchen.',
  },
  {
    section: 'errors',
    code: 'dataset.',
    title: 'Etwas an den Daten',
    text: 'Ordner, Zip oder Datei wurde nicht gefunden, enthält keine Klassen oder ist unlesbar. Einzelne kaputte Dateien werden weggelassen und aufgezählt; das ist kein Fehler.',
  },
  {
    section: 'errors',
    code: 'model.',
    title: 'Etwas an der Modelldatei',
    text: 'Die Datei ist beschädigt, hat ein anderes Format oder verwendet einen Operator oder Typ, der nicht unterstützt wird. Die Meldung nennt ihn.',
  },
  {
    section: 'errors',
    code: 'plan. firmware. image.',
    title: 'Es passt nicht, oder das Image lässt sich nicht machen',
    text: 'Die Aktivierungen brauchen mehr SRAM oder die Gewichte mehr Flash, als das Board hat. Versuche den Speicherplan „Wenigster Speicher“, eine kleinere Eingabe oder eine Suche für dieses Board.',
  },
  {
    section: 'errors',
    code: 'toolchain.',
    title: 'Der Compiler',
    text: 'Der ARM-Compiler wurde nicht gefunden oder lehnte eine Datei ab. Board, „Dieser Rechner“ sagt, was wo gefunden wurde.',
  },
  {
    section: 'errors',
    code: 'probe.',
    title: 'Die Debug-Probe',
    text: 'Die Probe wurde nicht gefunden, darf nicht geöffnet werden, wird von einem anderen Programm gehalten oder sieht keinen Chip mit Strom.',
  },
  {
    section: 'errors',
    code: 'link.',
    title: 'Die serielle Verbindung',
    text: 'Die Firmware schweigt, die Antwort ist beschädigt oder die Schnittstelle wurde geschlossen. Prüfe das Kabel, und dass kein anderes Programm mitliest.',
  },
  {
    section: 'errors',
    code: 'board. boards.',
    title: 'Die Board-Datei',
    text: 'Es gibt kein Board dieses Namens, oder seine Datei ist ungültig. Die Boards stehen unter Board.',
  },
  {
    section: 'errors',
    code: 'training. architecture. quantize.',
    title: 'Training und Quantisierung',
    text: 'Das Netz passt nicht zu den Daten, die Zahlen wuchsen über alle Grenzen, oder ein Worker endete. Mit „Fortsetzen“ geht es nach dem letzten fertigen Schritt weiter.',
  },
  {
    section: 'errors',
    code: 'search. space.',
    title: 'Die Suche',
    text: 'Kein Netz irgendeines Raums passt in die Grenzen, oder die Zeit reicht für kein Urteil. Grenzen weiter ziehen oder mehr Minuten geben.',
  },
  {
    section: 'errors',
    code: 'store. run. job.',
    title: 'Läufe auf der Platte',
    text: 'Den Lauf gibt es nicht, ein anderer Prozess schreibt ihn gerade, oder die Platte ist voll.',
  },
  {
    section: 'errors',
    code: 'server. contract.',
    title: 'Die Verbindung des Fensters',
    text: 'Der Dienst endete, oder der Adresse fehlt ihr Schlüssel. Öffne die Adresse, die das Programm ausgab, oder starte die App neu.',
  },
  {
    section: 'errors',
    title: 'Was englisch bleibt',
    text: 'Protokoll, Berichte und Befehlszeile sind englisch: sie halten fest, was das Programm tat, und jeder liest sie gleich. Ebenso, wie Daten im Einzelnen gelesen wurden und was an der Datei eines Boards zweifelhaft ist. Wo das Fenster eine Meldung übersetzt, steht ihr Wortlaut darunter.',
  },
  {
    section: 'keys',
    code: 'Strg+K',
    title: 'Eine Aktion finden',
    text: 'Jede Ansicht, jedes Board, Sprache und Farben, nach Namen.',
  },
  {
    section: 'keys',
    code: 'Tab, Umschalt+Tab',
    title: 'Vor und zurück',
    text: 'Geht durch alles, was sich bedienen lässt.',
  },
  { section: 'keys', code: 'Eingabe, Leertaste', title: 'Ausführen', text: 'Drückt den Knopf, der den Fokus hat.' },
  {
    section: 'keys',
    code: '← → ↑ ↓',
    title: 'Eine Grenze verschieben',
    text: 'Auf einem Regler oder der Grenze der Laufzeit im Diagramm; dort mit Umschalt in größeren Schritten.',
  },
  {
    section: 'keys',
    code: 'Esc',
    title: 'Schließen',
    text: 'Schließt einen Dialog oder eine Liste und geht dahin zurück, woher er kam.',
  },
];
