import { writeFileSync } from 'node:fs';
import type { EnvironmentReport } from '../report';
import type { Exchange } from './exchange';
import { maskedText } from './mask';
import { pictureOf, type Picture } from './model';
import { renderPage } from './page';

/** A rehearsal's page on disk: written at the beginning, and anew after each environment, so that a run which is cut off leaves one. */
export class PictureFile {
  private picture: Picture;

  /**
   * @param environments names of those to come.
   * @throws where it cannot be written, before anything else is done.
   */
  constructor(
    private readonly path: string,
    about: Pick<Picture, 'began' | 'vault' | 'apiServer'>,
    environments: readonly string[],
  ) {
    this.picture = { ...about, environments: [], outstanding: environments };
    this.write();
  }

  /** An environment has been rehearsed, and these requests were sent. */
  add(report: EnvironmentReport, exchanges: readonly Exchange[]): void {
    const { environments, outstanding } = this.picture;
    this.picture = { ...this.picture, environments: [...environments, pictureOf(report, exchanges)], outstanding: outstanding.filter((name) => name !== report.environment) };
    this.write();
  }

  /** Something has ended it before its end. */
  fail(error: unknown): void {
    this.picture = { ...this.picture, failure: maskedText(error instanceof Error ? error.message : String(error)) };
    this.write();
  }

  private write(): void {
    try {
      writeFileSync(this.path, renderPage(this.picture));
    } catch (error) {
      throw new Error(`--report ${this.path}: the page cannot be written (${error instanceof Error ? error.message : String(error)}); name a file in a directory that exists and that you may write to.`);
    }
  }
}
