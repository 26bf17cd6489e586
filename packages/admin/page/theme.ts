const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];
const KEY = 'cachewarp-theme';

/**
 * Light or dark: as the system says, or as the button says.
 *
 * @param onChange - told when colours are others
 */
export function startTheme(button: HTMLElement, onChange: () => void): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  let theme = read();
  const apply = (): void => {
    const isDark = theme === 'dark' || (theme === 'auto' && system.matches);
    document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
    button.textContent = `Theme: ${theme}`;
    onChange();
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    localStorage.setItem(KEY, theme);
    apply();
  });
  system.addEventListener('change', apply);
  apply();
}

function read(): Theme {
  const stored = localStorage.getItem(KEY) as Theme | null;
  return stored !== null && THEMES.includes(stored) ? stored : 'auto';
}
