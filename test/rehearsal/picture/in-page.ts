/** Expressions that are evaluated in the page, where there is a document: its types would be everywhere in the tests. */

/** Elements that reach beyond the window's right or left edge, by their tag and class. */
export const OVERFLOWING = `
  [...document.querySelectorAll('body *')]
    .filter((element) => !element.closest('.unseen, thead') && (element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5))
    .map((element) => element.tagName + ' ' + element.className)
    .concat(document.documentElement.scrollWidth > innerWidth ? ['a window of ' + document.documentElement.scrollWidth + ' pixels'] : [])`;

/** Texts whose contrast with what is behind them is below what WCAG asks for (AA, 4.5), with their ratio. */
export const FAINT = `(() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = parse(colour).map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const colour = element ? getComputedStyle(element).backgroundColor : 'rgb(255, 255, 255)';
    return element && parse(colour)[3] === 0 ? behind(element.parentElement) : colour;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.textContent.trim()) continue;
    const [light, dark] = [luminance(getComputedStyle(node.parentElement).color), luminance(behind(node.parentElement))].sort((one, other) => other - one);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) found.push(node.textContent.trim() + ': ' + ratio.toFixed(2));
  }
  return found;
})()`;
