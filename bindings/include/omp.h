/*
 * What is bound of the OpenMP API, declared as the OpenMP specification does ("Runtime Library Routines"); libgomp,
 * libomp and libiomp5 agree. The compilers' own omp.h lie in directories of theirs that differ from machine to machine.
 */
int omp_get_dynamic(void);
int omp_get_max_threads(void);
int omp_get_num_procs(void);
int omp_get_num_threads(void);
int omp_get_thread_num(void);
void omp_set_dynamic(int dynamic_threads);
void omp_set_num_threads(int num_threads);
